"""The table of forms in `docs/dev/rights.md`: who sends which, about which place.

Each form of ours is sent over HTTP by each kind of person about each place, with the
token of their own session. What is taken is undone; where it is refused, not a row was
written. A form that the table does not have fails, and so does a line about none.

``ODLOCALE_WRITE=1`` writes the table anew, as in :mod:`.test_rights_table`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.places import Held, Places, RolledBack, places
from tests.integration.publishing.conftest import Desk, desk_of, town
from tests.integration.test_rights_table import (
    LETTERS,
    NO,
    PEOPLE,
    REACH,
    TABLE,
    YES,
    write_part,
)
from tests.integration.test_routes_table import Route, fill, rules_of, token_of

__all__ = ["desk_of", "places", "town"]

#: About one's own session or account: what they end is not undone with the database.
OF_ONESELF = {
    "/connexion/verification", "/connexion/fermer-partout", "/compte/fermer",
    "/compte/adresse", "/compte/adresse/<token>",
    "/compte/double-verification/activer", "/compte/double-verification/codes",
    "/compte/double-verification/commencer", "/compte/double-verification/retirer",
}  # fmt: skip


def read_table() -> dict[str, dict[str, str]]:
    """What the table says, by address."""
    part = TABLE.read_text("utf-8").partition("## Forms")[2].partition("\n## ")[0]
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in part.splitlines()
        if line.startswith("| `")
    ]
    return {
        line[0].strip("`"): dict(zip(PEOPLE, line[1:], strict=True)) for line in lines
    }


def form_about(rule: str, held: Held, places: Places) -> dict[str, Any]:
    """What the forms ask for, whichever it is."""
    asked = held.about("odlocale_form", places)
    plain = {name: value for name, value in asked.items() if isinstance(value, str)}
    by_rule = {
        "/equipe/<code>/rattachement": held.attachment,
        "/animer/data-gouv/envoi/reessayer": held.document,
    }
    if rule == "/animer/observatoire/objectif":
        plain["perimetre"] = plain["perimeter"]
    return {
        **plain,
        "id": by_rule.get(rule, held.invitation),
        "year": "2026",
        "answer": "no",
        # Of the form of a software's token.
        "may": "publish",
        "donnees": "toutes",
        "mandate": held.mandate,
    }


def forms_of(app: Any) -> dict[str, Any]:
    """The addresses that take a form, but those about who sends it."""
    rules = rules_of(app, "POST")
    assert set(rules) >= OF_ONESELF
    return {line: rules[line] for line in sorted(set(rules) - OF_ONESELF)}


def send_form(desk: Desk, address: str, form: dict[str, Any], token: str) -> Any:
    # What the grid's page calls reads JSON.
    sent = {"json": form} if "/appel/" in address else {"data": form}
    headers = {"X-CSRFToken": token}
    return desk.client.post(address, headers=headers, follow_redirects=False, **sent)


def is_taken(answer: Any) -> bool:
    """Whether a form was read as one's who may send it, even to find a fault in it."""
    to_login = "/user/login" in answer.headers.get("Location", "")
    return not to_login and answer.status_code not in (401, 403, 404, 405, 410)


#: Forms that somebody's sending changed the portal by, in these tests.
DONE: set[str] = set()
#: Those that change nothing as they are sent here: why, and what does send them whole.
CHANGES_NOTHING = {
    **dict.fromkeys(
        (
            "/animer/data-gouv/<code>/cle",
            "/animer/data-gouv/<code>/ecrit",
            "/animer/data-gouv/<code>/organisation",
            "/animer/data-gouv/cle",
            "/animer/data-gouv/lancer",
            "/publier/<code>/data-gouv",
        ),
        "no key, no answer, no work is named: datagouv/test_registration.py",
    ),
    **dict.fromkeys(
        (
            "/animer/data-gouv/envoi/choisir",
            "/animer/data-gouv/envoi/decider",
            "/animer/data-gouv/envoi/reessayer",
        ),
        "no choice, and nothing that waits: datagouv/test_outbox.py",
    ),
    **dict.fromkeys(
        (
            "/animer/modeles/<slug>/regle",
            "/animer/modeles/<slug>/suivre",
            "/animer/modeles/ajouter",
            "/animer/modeles/verifier",
        ),
        "a model that is there already: publishing/test_models.py",
    ),
    **dict.fromkeys(
        (
            "/animer/territoire/appliquer",
            "/animer/territoire/cibles",
            "/animer/territoire/cibles/fixer",
            "/animer/territoire/reponses",
            "/animer/territoire/perimetres/<siren>",
            "/animer/territoire/perimetres/nouveau",
        ),
        "a plan is read first: territory/",
    ),
    **dict.fromkeys(
        (
            "/publier/<code>/<schema>/saisie/appel/check",
            "/publier/<code>/<schema>/saisie/appel/paste",
            "/publier/<code>/<schema>/saisie/appel/show",
            "/publier/<code>/<schema>/saisie/coller",
            "/publier/<code>/<schema>/saisie/conflits",
            "/publier/<code>/<schema>/saisie/ligne/<int:number>",
            "/publier/<code>/<schema>/saisie/ligne/<int:number>/remettre",
            "/publier/<code>/<schema>/saisie/ligne/<int:number>/retirer",
            "/publier/<code>/<schema>/saisie/supprimer",
            "/publier/<code>/<schema>/saisie/verifier",
        ),
        "no table is begun under this name: publishing/test_grid_pages.py",
    ),
    **dict.fromkeys(
        (
            "/publier/<code>/document/<document_id>/fiche",
            "/publier/<code>/document/<document_id>/remplacer",
        ),
        "no title, no address: publishing/test_document_desk.py",
    ),
    **dict.fromkeys(
        (
            # Its other form holds the draft for a moment, which counts as a write.
            "/publier/depot/<deposit_id>/lecture/arreter",
        ),
        "a file that is checked at once: publishing/test_long_files.py",
    ),
    **dict.fromkeys(
        (
            "/publier/depot/<deposit_id>/aide",
            "/publier/depot/<deposit_id>/effacer",
            "/publier/depot/<deposit_id>/lignes/<group>",
            "/publier/depot/<deposit_id>/personnes",
            "/publier/deposer",
        ),
        "a question, a plan, a page, no file: publishing/",
    ),
    **dict.fromkeys(
        (
            "/animer/invitations/inviter",
            "/equipe/<code>/adresse",
            "/equipe/<code>/mandats",
            "/mot-de-passe",
            "/rejoindre/<code>/code",
            "/rejoindre/<code>/recommencer",
            "/signaler/<code>/<schema>/<key>",
            "/signaler/document/<document_id>",
            "/transmission",
        ),
        "fields with other names: people/, reuse/, handover/",
    ),
}


def try_all(desk: Desk, token: str, route: Route, places: Places, who: str) -> str:
    """Where a form is taken from somebody, in the table's words."""
    taken = ""
    for letter, held in places.all.items():
        if letter != "c" and "<" not in route.line and not ABOUT.get(route.line):
            taken += letter if taken else ""
            continue
        address = fill(route, held, places)
        with RolledBack() as undone:
            form = form_about(route.line, held, places)
            answer = send_form(desk, address, form, token)
            where = (who, letter, address, answer.status_code)
            assert answer.status_code < 500, where
            if is_taken(answer):
                taken += letter
                if undone.has_written():
                    DONE.add(route.line)
            else:
                assert not undone.has_written(), where
    return {"": NO, LETTERS: YES}.get(taken, taken)


#: Addresses without a place, whose forms name one.
ABOUT = {"/publier/deposer": "code"}


@pytest.mark.parametrize("who", PEOPLE)
def test_who_sends_what_and_where(
    who: str, places: Places, app: Any, desk_of: Callable[[str | None], Desk]
) -> None:
    desk = desk_of(places.people[who] or None)
    token = token_of(desk)
    found = {
        line: try_all(desk, token, rule, places, who)
        for line, rule in forms_of(app).items()
    }
    if who == "administrator":
        assert set(found) - DONE == set(CHANGES_NOTHING) | OF_NOBODY
    if os.environ.get("ODLOCALE_WRITE"):
        write_part("Forms", "Software", "Address", read_table(), who, found)
        return
    assert found == {line: says[who] for line, says in read_table().items()}


#: Forms of everybody: a mandate is asked for, a letter's link is its holder's, readers
#: report errors, and whoever is logged in agrees to a handover of his own.
OPEN = (
    "/equipe/<code>/mandats", "/invitation/", "/mot-de-passe", "/rappel/",
    "/rejoindre/", "/signaler/", "/transmission",
)  # fmt: skip


@pytest.mark.parametrize("who", [one for one in PEOPLE if one != "administrator"])
def test_no_form_goes_beyond_ones_reach(who: str) -> None:
    """What must be: a table that is written anew cannot hide another rule."""
    beyond = {
        line: says[who]
        for line, says in read_table().items()
        if says[who] != NO
        and not line.startswith(OPEN)
        and not (line.startswith("/animer/") and who == "ATD's animator")
        and not set(says[who]) <= set(REACH[who])
    }
    assert beyond == {}


#: Nobody sends these here: a software's token is asked, or there is no provider.
OF_NOBODY = {
    "/api/odlocale/v1/<path:rest>", "/api/odlocale/v1/depots/<code>/<schema>/<key>",
    "/connexion/oidc", "/connexion/oidc/relier",
    # A sealed link of a letter: ``tests/integration/people/`` follows one.
    "/mot-de-passe/<token>",
    # Those who came with a SIREN that the portal does not know: there are none.
    "/equipe/rattachements",
}  # fmt: skip


def test_each_other_form_is_taken_from_somebody() -> None:
    """A form that finds its object nowhere would look refused to everybody."""
    lines = read_table()
    nobodys = {one for one in lines if set(lines[one].values()) == {NO}}
    assert nobodys == OF_NOBODY
