"""The house's walls: which way imports point, and which modules know CKAN.

``.importlinter`` states the rooms' order; the tests here run it, then read every
module's own imports (those inside functions too), so that a new file is judged
without being listed anywhere.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "ckanext" / "odlocale"

# From left to right, as data flows; what each room may import on its left.
MAY_IMPORT = {
    "base": set(),
    "scdl": {"base"},
    "territory": {"base", "scdl"},
    "people": {"base", "scdl", "territory"},
    "publishing": {"base", "scdl", "territory", "people"},
    "tables": {"base", "scdl", "territory", "people", "publishing"},
    "datagouv": {"base", "scdl", "territory", "people", "publishing", "tables"},
    "observatory": {
        "base",
        "scdl",
        "territory",
        "people",
        "publishing",
        "tables",
        "datagouv",
    },
    "reminders": {"base", "scdl", "territory", "people", "publishing"},
    "reuse": {"base", "scdl", "territory", "people", "publishing"},
    "handover": {
        "base",
        "scdl",
        "territory",
        "people",
        "publishing",
        "tables",
        "datagouv",
    },
    "legal": set(),
    "watching": {"base", "legal"},
    "portal": {
        "base",
        "scdl",
        "territory",
        "people",
        "publishing",
        "tables",
        "datagouv",
        "handover",
        "observatory",
    },
}
# The shell: file names that mean the same in every room.
SHELL_NAMES = {
    "actions.py",
    "auth.py",
    "cli.py",
    "helpers.py",
    "hooks.py",
    "jobs.py",
    "model.py",
    "profile.py",
    "validators.py",
    "views.py",
}
# The shell's other modules, each for its reason. One that stops importing CKAN
# must leave this list.
SHELL_MODULES = {
    "base/assets.py": "CKAN's stylesheets and scripts",
    "base/csrf.py": "reads the session's user",
    "base/journal.py": "a table",
    "base/marks.py": "Valkey",
    "base/mail.py": "CKAN's mail settings and notifiers",
    "base/storage.py": "CKAN's file storages",
    "base/task_status.py": "CKAN's table of tasks",
    "base/uploads.py": "CKAN's uploaders",
    "base/worker.py": "CKAN's application, outside of a request",
    "base/watch.py": "declares CKAN's settings, and reads them at start-up",
    "handover/comparing.py": "reads what the portal holds of a pack",
    "handover/dataset_writing.py": "writes datasets through CKAN's actions",
    "handover/leaving.py": "hides, and gives back, what was handed over",
    "handover/packing.py": "reads what a pack holds",
    "handover/people.py": "accounts and members",
    "handover/reading.py": "reads a collectivité from every table",
    "handover/refusals.py": "CKAN's errors, the journal, the lock",
    "handover/taking.py": "joins a pack to CKAN's errors and search",
    "handover/writing.py": "writes a pack in the database",
    "publishing/core_actions.py": "actions, exported by actions.py",
    "publishing/core_auth.py": "authorisations, exported by auth.py",
    "territory/member_actions.py": "actions, exported by actions.py",
    "people/account_actions.py": "actions, exported by actions.py",
    "people/account_auth.py": "authorisations, exported by auth.py",
    "people/administrators.py": "listens to CKAN's accounts",
    "people/admins_views.py": "in the place of a page of core's",
    "people/arriving.py": "members of organisations, and letters about them",
    "people/account_letters.py": "addresses of pages",
    "people/account_views.py": "pages on one's own account",
    "people/address_actions.py": "actions, exported by actions.py",
    "people/erasing.py": "statements that erase",
    "people/idle_accounts.py": "statements on accounts, and letters",
    "people/personal.py": "reads a person from every table",
    "people/personal_actions.py": "actions, exported by actions.py",
    "people/bouncing.py": "statements on invitations and addresses",
    "people/official_actions.py": "actions, exported by actions.py",
    "people/call_limits.py": "the request's address, and CKAN's settings",
    "people/contacts.py": "members of organisations, and letters to them",
    "people/factor_actions.py": "actions, exported by actions.py",
    "people/factor_views.py": "pages, added to account_views.py's",
    "people/guards.py": "the session's user, before the pages of this room",
    "people/inviting.py": "statements on invitations",
    "people/invited_actions.py": "actions, exported by actions.py",
    "publishing/reading_actions.py": "actions, exported by actions.py",
    "publishing/stopped.py": "marks in Valkey",
    "publishing/work_actions.py": "actions, exported by actions.py",
    "publishing/work_jobs.py": "jobs, and CKAN's errors",
    "publishing/work_letter.py": "names of accounts, and letters",
    "publishing/work_model.py": "a table, read outside of the session too",
    "publishing/work_views.py": "pages, added to views.py's",
    "people/joining.py": "the account that calls, CKAN's errors",
    "people/joining_actions.py": "actions, exported by actions.py",
    "people/joining_views.py": "pages of who comes in",
    "people/journal_actions.py": "actions, exported by actions.py",
    "people/journal_lines.py": "names of accounts, invitations and requests",
    "people/journal_auth.py": "authorisations, exported by auth.py",
    "people/journal_views.py": "pages, added to views.py's",
    "people/last_seen.py": "statements on accounts",
    "people/leaving.py": "members of organisations, and letters about them",
    "people/leaving_actions.py": "actions, exported by actions.py",
    "people/letters.py": "names of accounts, and addresses of pages",
    "people/login_views.py": "CKAN's login and sessions",
    "people/mandate_actions.py": "actions, exported by actions.py",
    "people/mandate_auth.py": "authorisations, exported by auth.py",
    "people/mandate_limits.py": "accounts and mandates, and the throttle",
    "people/mandate_rules.py": "validators, and whom a mandate names",
    "people/mandate_views.py": "pages, added to views.py's",
    "people/members.py": "members of organisations, and accounts",
    "people/perimeter_actions.py": "actions, exported by actions.py",
    "people/perimeter_auth.py": "authorisations, exported by auth.py",
    "people/perimeter_people.py": "statements on invitations and accounts",
    "people/perimeter_views.py": "pages, exported by views.py",
    "people/oidc_actions.py": "actions, exported by actions.py",
    "people/oidc_arrival.py": "accounts and roles of who comes by a provider",
    "people/oidc_auth.py": "authorisations, exported by auth.py",
    "people/oidc_letters.py": "names of accounts, and addresses of pages",
    "people/oidc_portal.py": "CKAN's settings of the provider",
    "people/oidc_session.py": "CKAN's sessions, and its Redis",
    "people/oidc_store.py": "statements on identities",
    "people/oidc_tables.py": "tables",
    "people/oidc_team_views.py": "pages, added to views.py's",
    "people/oidc_views.py": "CKAN's login and sessions",
    "people/origins.py": "the request's address, and the portal's secret",
    "people/password_actions.py": "actions, exported by actions.py",
    "people/password_views.py": "pages, exported by views.py",
    "people/passwords.py": "CKAN's login and accounts",
    "people/proving.py": "accounts, and their second factor",
    "people/refusals.py": "a table, and the request that is refused",
    "people/retention.py": "statements that erase",
    "people/rights.py": "members of organisations, and mandates",
    "people/second_factor.py": "a table, and CKAN's settings",
    "people/sending.py": "the queue of invitations, and CKAN's jobs",
    "people/sessions.py": "CKAN's login and sessions",
    "people/tables.py": "tables",
    "people/team_actions.py": "actions, exported by actions.py",
    "people/team_auth.py": "authorisations, exported by auth.py",
    "people/team_views.py": "pages, added to views.py's",
    "people/token_actions.py": "actions, exported by actions.py",
    "people/token_auth.py": "authorisations, exported by auth.py",
    "people/token_letters.py": "names of accounts, and addresses of pages",
    "people/token_rules.py": "validators, and whose a token is",
    "people/token_views.py": "pages, added to views.py's",
    "people/throttle.py": "CKAN's accounts, and its Redis",
    "plugin.py": "the wiring",
    "reminders/digest_sending.py": "figures from tables, and the mail server",
    "reminders/letters.py": "addresses of pages",
    "reminders/sending.py": "who is written to, and the mail server",
    "reuse/embed_views.py": "pages for other sites, added to views.py's",
    "reuse/subjects.py": "what is online, from tables",
    "reuse/showing.py": "what is online, from tables",
    "reuse/letters.py": "addresses of pages",
    "reuse/sentences.py": "the visitor's language",
    "datagouv/alarms.py": "letters, and a table",
    "datagouv/answering.py": "CKAN's session, and its translations",
    "datagouv/elsewhere_actions.py": "actions, exported by actions.py",
    "datagouv/elsewhere_auth.py": "authorisations, exported by auth.py",
    "datagouv/elsewhere_cli.py": "a command, added to cli.py's group",
    "datagouv/elsewhere_model.py": "tables",
    "datagouv/elsewhere_reading.py": "CKAN's settings, and tables",
    "datagouv/feed_version.py": "one statement",
    "datagouv/page_reading.py": "reads a page from tables",
    "datagouv/showing.py": "one dataset, from tables",
    "datagouv/sitemap_views.py": "addresses, added to views.py's",
    "datagouv/decision_actions.py": "actions, exported by actions.py",
    "datagouv/discussion_actions.py": "actions, exported by actions.py",
    "datagouv/keys.py": "tables and settings",
    "datagouv/logo.py": "a file that CKAN keeps",
    "datagouv/reading.py": "statements on what data.gouv.fr holds",
    "datagouv/registration.py": "carries out a plan, in CKAN's session",
    "datagouv/registration_actions.py": "actions, exported by actions.py",
    "datagouv/registration_auth.py": "authorisations, exported by auth.py",
    "datagouv/registration_cli.py": "commands, added to cli.py's group",
    "datagouv/registration_jobs.py": "jobs of CKAN's worker",
    "datagouv/registration_model.py": "tables",
    "datagouv/outbox_model.py": "tables",
    "datagouv/push_actions.py": "actions, exported by actions.py",
    "datagouv/push_auth.py": "authorisations, exported by auth.py",
    "datagouv/push_cli.py": "commands, added to cli.py's group",
    "datagouv/push_due.py": "datasets, and what is due of them, from tables",
    "datagouv/push_jobs.py": "jobs of CKAN's worker",
    "datagouv/push_queue.py": "CKAN's jobs",
    "datagouv/push_run.py": "a table, and CKAN's connection",
    "datagouv/push_site.py": "keys and organisations, from tables",
    "datagouv/push_store.py": "statements on the outbox",
    "datagouv/push_views.py": "pages of the animator: what is sent",
    "datagouv/push_words.py": "the visitor's language",
    "datagouv/registration_store.py": "statements on the tables of registration",
    "datagouv/registration_views.py": "pages of the animator: data.gouv.fr",
    "datagouv/registration_words.py": "the visitor's language",
    "datagouv/reply_views.py": "the agent's page of data.gouv.fr",
    "datagouv/status.py": "statements on the tables of registration",
    "datagouv/work.py": "CKAN's table of task statuses",
    "datagouv/feeds.py": "whose feed an address is, from tables",
    "observatory/animer_views.py": "pages, added to views.py's",
    "observatory/downloads.py": "counts in Valkey, then in a table",
    "observatory/export_views.py": "files, added to views.py's",
    "observatory/exporting.py": "writes datasets through CKAN's actions",
    "observatory/guards.py": "the request, and CKAN's errors",
    "observatory/place_reading.py": "whose figures, and what they are, from tables",
    "observatory/place_views.py": "pages, added to views.py's",
    "observatory/reports.py": "figures and words of a report",
    "observatory/sentences.py": "the reader's language",
    "observatory/gathering.py": "reads the facts from every table",
    "observatory/reading.py": "statements on history",
    "observatory/recording.py": "writes history, and commits",
    "portal/backup.py": "CKAN's configuration file",
    "portal/backup_cli.py": "commands, beside the other ones of the room",
    "portal/demonstration.py": "runs in CKAN's process: publishes invented data",
    "portal/prepare.py": "runs in CKAN's process: database, first accounts",
    "portal/wsgi.py": "CKAN's web application",
    "publishing/erasing.py": "statements that erase",
    "publishing/history_views.py": "pages of former releases",
    "publishing/keeping.py": "a table, and locks on stored files",
    "publishing/release_actions.py": "actions, exported by actions.py",
    "publishing/release_auth.py": "authorisations, exported by auth.py",
    "publishing/release_views.py": "pages of a published file",
    "publishing/releases.py": "statements on releases",
    "publishing/republishing.py": "publishes rows again",
    "publishing/retention.py": "the storage, and CKAN's settings",
    "territory/member_auth.py": "authorisations, exported by auth.py",
    "publishing/deciding.py": "answers to findings, kept on a deposit",
    "publishing/drafts.py": "loads and locks deposits for the actions",
    "publishing/grid_actions.py": "actions, exported by actions.py",
    "publishing/grid_auth.py": "authorisations, exported by auth.py",
    "publishing/grid_calls.py": "what the program of the grid asks for",
    "publishing/grid_changes.py": "what the grid's actions do with their tables",
    "publishing/grid_guards.py": "the session's user, before the pages of a grid",
    "publishing/grid_model.py": "tables",
    "publishing/grid_page.py": "the draft of an address, with the session's user",
    "publishing/grid_letter.py": "jobs, letters, and a mark in Valkey",
    "publishing/grid_paste_views.py": "pages that paste in a table",
    "publishing/grid_store.py": "opens and shows a draft, for actions and pages",
    "publishing/grid_views.py": "pages of the tables filled in online",
    "publishing/help_actions.py": "an action, exported by actions.py",
    "publishing/help_views.py": "the page that asks for help",
    "publishing/expecting.py": "what is known of collectivités, from tables",
    "publishing/document_actions.py": "actions, exported by actions.py",
    "publishing/document_auth.py": "authorisations, exported by auth.py",
    "publishing/document_desk_actions.py": "actions, exported by actions.py",
    "publishing/document_desk_views.py": "pages, added to views.py's",
    "publishing/document_erasing.py": "deletes datasets through CKAN's actions",
    "publishing/document_model.py": "a table",
    "publishing/document_notices.py": "pages in place of core's, added to views.py's",
    "publishing/document_store.py": "reads documents, from CKAN's tables",
    "publishing/document_validators.py": "validators, in validators.py's manner",
    "publishing/analysing.py": "what the pure analysis needs to know of the portal",
    "publishing/remembering.py": "a table",
    "publishing/fiche_validators.py": "CKAN's validators",
    "publishing/document_views.py": "pages, added to views.py's",
    "publishing/nothing_actions.py": "actions, exported by actions.py",
    "publishing/nothing_model.py": "a table",
    "publishing/nothing_views.py": "the page that says there is nothing",
    "publishing/prepare_actions.py": "an action, exported by actions.py",
    "publishing/prepare_views.py": "the page that opens a prepared table",
    "publishing/guards.py": "the session's user, before every page of the desk",
    "publishing/ownership.py": "whose a deposit is, from tables",
    "publishing/permalinks.py": "pages at the permanent addresses",
    "publishing/push_actions.py": "actions, exported by actions.py",
    "publishing/push_auth.py": "authorisations, exported by auth.py",
    "publishing/push_guards.py": "a request's token, before the API of software",
    "publishing/push_store.py": "reads what a software sent, from tables",
    "publishing/push_views.py": "the API of software",
    "publishing/row_views.py": "pages of the rows of a finding",
    "publishing/release.py": "writes datasets through CKAN's actions",
    "publishing/rule_actions.py": "actions, exported by actions.py",
    "publishing/rule_model.py": "a table",
    "publishing/step_views.py": "pages, told by their name",
    "publishing/schema_actions.py": "actions, exported by actions.py",
    "publishing/schema_auth.py": "authorisations, exported by auth.py",
    "publishing/schema_migration.py": "publishes files under another version",
    "publishing/schema_views.py": "pages of the animator: models",
    "tables/backend.py": "CKAN's DataStore",
    "tables/keeping.py": "writes datasets through CKAN's actions",
    "tables/settling.py": "CKAN's connection to the DataStore's database",
    "territory/animators.py": "members of organisations",
    "territory/animer_guards.py": "the session's user, before the animator's pages",
    "territory/animer_views.py": "pages of the animator: the plan",
    "territory/perimeter_views.py": "pages of the animator: perimeters",
    "territory/target_views.py": "pages of the animator: targets",
    "territory/applying.py": "carries out a plan, tells CKAN's plugins",
    "territory/planning.py": "reads the portal and its settings for a plan",
    "territory/perimeter_actions.py": "actions, exported by actions.py",
    "territory/command_line.py": "CKAN's actions and settings, for the commands",
    "territory/perimeter_cli.py": "commands, added to cli.py's group",
    "territory/plan_cli.py": "commands, added to cli.py's group",
    "territory/plan_actions.py": "actions, exported by actions.py",
    "territory/plan_auth.py": "authorisations, exported by auth.py",
    "territory/progress.py": "CKAN's table of task statuses",
    "territory/refusals.py": "CKAN's validation and its refusals",
    "territory/writing.py": "statements that write a plan",
    "territory/history_actions.py": "actions, exported by actions.py",
    "territory/word_actions.py": "actions, exported by actions.py",
    "territory/page_helpers.py": "helpers of the public pages, beside the others",
    "territory/page_validators.py": "validators of what pages show",
    "territory/heirs.py": "who took in whom, from tables",
    "territory/index_views.py": "a page, added to views.py's",
    "territory/owner_actions.py": "actions, exported by actions.py",
    "territory/owner_helpers.py": "helpers, exported by helpers.py",
    "territory/owners.py": "the user's rights, and organisations",
    "territory/permission.py": "members of organisations and datasets",
    "territory/tables.py": "tables",
    "territory/tree_views.py": "pages of the tree",
    "territory/target_actions.py": "actions, exported by actions.py",
    "territory/target_auth.py": "authorisations, exported by auth.py",
    "territory/target_cli.py": "commands, added to cli.py's group",
    "territory/target_store.py": "statements on the table of targets",
    "territory/transfer_actions.py": "actions, exported by actions.py",
    "territory/transfer_auth.py": "authorisations, exported by auth.py",
    "territory/transfer_cli.py": "commands, added to cli.py's group",
    "watching/counting.py": "Valkey",
    "watching/starting.py": "CKAN's settings, and its refusal to start",
    "watching/probes.py": "CKAN's settings",
    "territory/transfers.py": "statements on the table of transfers",
}
CKAN = {"ckan", "ckantoolkit"}


def roots_of(names: set[str]) -> set[str]:
    """The packages of these dotted names; other extensions of CKAN's are CKAN."""
    others = {
        name
        for name in names
        if name.startswith("ckanext.") and not name.startswith("ckanext.odlocale")
    }
    roots = {name.partition(".")[0] for name in names}
    return roots | ({"ckan"} if others else set())


def modules() -> list[Path]:
    """Every module of ours but the migrations, which Alembic runs on its own."""
    return sorted(
        path
        for path in PACKAGE.rglob("*.py")
        if "migration" not in path.relative_to(PACKAGE).parts
    )


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def is_shell(name: str) -> bool:
    return Path(name).name in SHELL_NAMES or name in SHELL_MODULES


def imports(source: str, package: str = "ckanext.odlocale.base") -> Iterator[str]:
    """Dotted names that a module of ``package`` imports when it runs."""
    tree = ast.parse(source)
    skipped = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) + 1 - node.level]
            parts = [*(above if node.level else ()), node.module or ""]
            origin = ".".join(filter(None, parts))
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def imports_of(path: Path) -> set[str]:
    package = ".".join(path.relative_to(ROOT).parts[:-1])
    return set(imports(path.read_text(encoding="utf-8"), package))


def rooms_in(names: set[str]) -> set[str]:
    """The rooms that these dotted names belong to."""
    prefix = "ckanext.odlocale."
    found = {
        name.removeprefix(prefix).partition(".")[0]
        for name in names
        if name.startswith(prefix)
    }
    return found & set(MAY_IMPORT)


def known_files(names: set[str]) -> set[str]:
    """Our own files that these dotted names stand for."""
    found = set()
    for name in names:
        parts = name.split(".")
        if parts[:2] == ["ckanext", "odlocale"]:
            for length in (len(parts), len(parts) - 1):
                candidate = PACKAGE.joinpath(*parts[2:length]).with_suffix(".py")
                if candidate.is_file():
                    found.add(name_of(candidate))
    return found


def test_the_contracts_of_importlinter_are_kept() -> None:
    start = "from importlinter.cli import lint_imports_command as run; run()"
    result = subprocess.run(
        [sys.executable, "-c", start, "--config", ROOT / ".importlinter", "--no-cache"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout


def test_every_room_is_known_here() -> None:
    folders = {
        path.parent.relative_to(PACKAGE).parts[0]
        for path in modules()[1:]
        if path.parent != PACKAGE
    }
    assert folders == set(MAY_IMPORT)


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_module_imports_only_rooms_on_its_left(path: Path) -> None:
    room = path.relative_to(PACKAGE).parts[0]
    if room in MAY_IMPORT:
        wrong = rooms_in(imports_of(path)) - MAY_IMPORT[room] - {room}
        assert not wrong, f"{name_of(path)} must not import {sorted(wrong)}"


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_pure_module_knows_neither_ckan_nor_our_shell(path: Path) -> None:
    if is_shell(name_of(path)):
        return
    names = imports_of(path)
    assert not roots_of(names) & CKAN, (
        f"{name_of(path)} is pure and must not import CKAN"
    )
    shell = {name for name in known_files(names) if is_shell(name)}
    assert not shell, f"{name_of(path)} is pure and must not import {sorted(shell)}"


@pytest.mark.parametrize("name", SHELL_MODULES)
def test_each_module_excused_from_purity_still_needs_it(name: str) -> None:
    names = imports_of(PACKAGE / name)
    ours = {one for one in known_files(names) if is_shell(one)}
    assert roots_of(names) & CKAN or ours


#: Who calls addresses that the configuration gives, never those that people type.
CALLS_OUR_SERVERS = {
    "base/http.py",
    "portal/backup.py",
    "portal/servers.py",
    "portal/testing.py",
    "watching/probes.py",
}


def calls_addresses(names: set[str]) -> set[str]:
    """The libraries among these names that send a request over HTTP."""
    libraries = (
        "requests",
        "httpx",
        "aiohttp",
        "urllib3.poolmanager",
        "urllib3.PoolManager",
        "pycurl",
        "http.client",
        "urllib.request",
    )
    return {
        library
        for library in libraries
        for name in names
        if name == library or name.startswith(f"{library}.")
    }


def test_the_guarded_client_alone_calls_addresses_from_outside() -> None:
    found = {name_of(one) for one in modules() if calls_addresses(imports_of(one))}
    assert found == CALLS_OUR_SERVERS


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_module_stays_readable_in_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


CAUGHT = {
    "import ckan": {"ckan"},
    "import ckantoolkit as tk": {"ckantoolkit"},
    "from ckan import model": {"ckan.model"},
    "def f():\n    from ckan.lib import files": {"ckan.lib.files"},
    "try:\n    import ckan.model\nexcept ImportError:\n    pass": {"ckan.model"},
    "from . import model": {"ckanext.odlocale.base.model"},
    "from .model import Line": {"ckanext.odlocale.base.model.Line"},
    "from ..territory import model": {"ckanext.odlocale.territory.model"},
    "from ckanext.odlocale.territory import model": {
        "ckanext.odlocale.territory.model"
    },
    "if TYPE_CHECKING:\n    from ckan import types": set(),
}


@pytest.mark.parametrize(("source", "names"), CAUGHT.items(), ids=CAUGHT)
def test_every_way_to_import_is_seen(source: str, names: set[str]) -> None:
    assert set(imports(source)) == names


def test_a_wrong_direction_would_be_seen() -> None:
    names = {"ckanext.odlocale.datagouv.hooks.after_dataset_create", "polars"}
    assert rooms_in(names) - MAY_IMPORT["territory"] == {"datagouv"}


def test_an_import_of_our_shell_would_be_seen() -> None:
    names = {"ckanext.odlocale.base.storage.put", "ckanext.odlocale.base.journal"}
    assert known_files(names) == {"base/storage.py", "base/journal.py"}
