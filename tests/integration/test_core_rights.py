"""`docs/dev/rights-core.md`: who may call each of CKAN's own actions on this portal.

CKAN's rules depend on its settings, which :mod:`ckanext.odlocale.base.safety` holds, on
the roles that cascade and on what we chain: here is what they come to. An action that
CKAN or another extension adds has no line, and fails until somebody has looked at it.
Those that are about one dataset, its files, its table or its history have two lines
more: what their rule answers about a private one, and about a draft.

After a change that is meant, ``ODLOCALE_WRITE=1`` writes the table anew: read the
difference before it is committed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ckan import authz, logic, model
from ckan.plugins import toolkit as tk

from tests.integration.core_owned import Objects, Owned
from tests.integration.core_places import MANDATED, STATES, TABLE
from tests.integration.places import Places
from tests.integration.publishing.conftest import Town, town
from tests.integration.test_rights_table import LETTERS, NO, PEOPLE, REACH, YES

__all__ = ["Objects", "town"]

#: Actions whose rule is not asked here: they have none of their own (they tell of
#: schemas, which are public, or ask another action's for each row or table), or it is
#: about relationships and collaborators, which the portal has none of.
NOT_ASKED = {
    "datastore_search_sql",
    "package_collaborator_list",
    "package_relationship_delete",
    "scheming_dataset_schema_list",
    "scheming_dataset_schema_show",
    "scheming_organization_schema_list",
    "scheming_organization_schema_show",
    "task_status_update_many",
    "term_translation_update_many",
}

#: Beginnings of actions that are about no dataset. What CKAN or an extension adds is
#: asked about those that are not public, unless somebody names it here.
ABOUT_OTHERS = (
    "api_token_", "config_option_", "dashboard_", "datastore_function_",
    "dcat_catalog_", "group_", "help_", "job_", "license_", "member_", "organization_",
    "scheming_", "tag_", "task_status_", "term_translation_", "user_", "vocabulary_",
)  # fmt: skip
#: The same, whole: the people's, lists of whatever one may read (see
#: :mod:`.test_reading_table`), what makes something new, and what there is none of,
#: views and relationships.
ABOUT_NO_DATASET = {
    "activity_create", "activity_delete_all", "activity_delete_counts",
    "am_following_group", "am_following_user", "current_package_list_with_resources",
    "dataset_followee_count", "dataset_followee_list", "file_create", "file_register",
    "follow_group", "follow_user", "followee_count", "followee_list",
    "format_autocomplete", "get_site_user", "package_autocomplete",
    "package_collaborator_list_for_user", "package_create", "package_list",
    "package_relationship_create", "package_relationship_update", "package_search",
    "recently_changed_packages_activity_list", "resource_search",
    "resource_view_delete", "resource_view_show", "send_email_notifications",
    "status_show", "unfollow_group", "unfollow_user",
}  # fmt: skip
HIDDEN = [state for state in STATES if state != "public"]


def lines_of(action: str) -> dict[str, str]:
    """The lines of the table about an action, and the state that each is about."""
    lines = {action: ""}
    if not action.startswith(ABOUT_OTHERS) and action not in ABOUT_NO_DATASET:
        lines |= {f"{action} ({state})": state for state in HIDDEN}
    return lines


def actions_of_others() -> list[str]:
    """CKAN's own actions and those of other extensions."""
    tk.get_action("status_show")  # fills the list
    return sorted(name for name in logic._actions if not name.startswith("odlocale_"))


def read_table() -> dict[str, dict[str, str]]:
    """What the table says, by action."""
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in TABLE.read_text("utf-8").partition("## Pages")[0].splitlines()
        if line.startswith("|") and not line.startswith("|-")
    ]
    return {
        line[0].strip("`"): dict(zip(PEOPLE, line[1:], strict=True))
        for line in lines[1:]
    }


class Around:
    """What each place of the tables has, by its letter."""

    def __init__(self, make_town: Callable[[], Town]) -> None:
        self.places = Places(make_town)
        self.all = {one: Owned(held.town) for one, held in self.places.all.items()}


_made: list[Around] = []


@pytest.fixture
def around(portal: None, town: Callable[[], Town]) -> Iterator[Around]:
    if not _made:
        _made.append(Around(town))
    yield _made[0]
    model.Session.rollback()


def answer_of(around: Around, action: str, who: str, state: str = "") -> str:
    """Where CKAN's rule lets somebody, in the table's words.

    :param state: of the dataset that it is about; public where nothing is said
    """
    user = around.places.people[who]
    allowed = absent = ""
    for letter, owned in around.all.items():
        context: Any = {"user": user, "ignore_auth": False, "model": model}
        context["auth_user_obj"] = model.User.get(user) if user else None
        try:
            asked = owned.arguments_in(action, state) if state else None
            tk.check_access(action, context, asked or owned.arguments(action))
            allowed += letter
        except tk.NotAuthorized:
            pass
        except tk.ObjectNotFound:
            absent += letter
    if absent == LETTERS:
        return "absent"
    assert not absent, (action, who, absent)
    return {"": NO, LETTERS: YES}.get(allowed, allowed)


def test_each_action_of_ckan_has_its_line(around: Around) -> None:
    asked = actions_of_others()
    assert set(asked) >= NOT_ASKED | ABOUT_NO_DATASET
    with_rule = [one for one in asked if one not in NOT_ASKED]
    assert [one for one in with_rule if not authz._AuthFunctions.get(one)] == []
    found = {
        line: {who: answer_of(around, action, who, state) for who in PEOPLE}
        for action in with_rule
        for line, state in lines_of(action).items()
    }
    if os.environ.get("ODLOCALE_WRITE"):
        actions, mark, pages = TABLE.read_text("utf-8").partition("## Pages")
        head = actions.partition("\n| ")[0]
        lines = [
            f"| Action | {' | '.join(PEOPLE)} |",
            "|-" * (len(PEOPLE) + 1) + "|",
            *(f"| `{one}` | {' | '.join(says.values())} |"
              for one, says in found.items()),
        ]  # fmt: skip
        TABLE.write_text("\n".join([head, *lines, "", mark + pages]), "utf-8")
    assert found == read_table()


#: Who says who works for a place, or runs the portal; and who publishes for one.
OF_MANAGERS = {"manager", "EPCI's animator", "ATD's animator", "administrator"}
OF_AGENTS = OF_MANAGERS | {"agent", "another's agent", "EPCI's agent", "ATD's agent"}
#: What a member who only reads may too.
OF_READERS = OF_AGENTS | {"ATD's member"}
WRITES = {
    "administrator": {
        "activity_create", "activity_delete", "config_option_show",
        "config_option_update", "dataset_purge", "group_create", "group_member_create",
        "job_cancel", "job_list", "member_create", "organization_create",
        "organization_delete", "organization_member_create", "organization_purge",
        "tag_create", "task_status_update", "user_create", "user_invite", "user_list",
        "vocabulary_create", "api_token_create",
    },
    "manager": {
        "member_delete", "organization_update", "organization_patch",
    },
    "reader": {"member_list"},
    "agent": {
        "package_create", "package_delete", "package_patch",
        "package_revise", "package_update", "resource_create", "resource_delete",
        "resource_update",
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "action"),
    [(kind, one) for kind, all_ in WRITES.items() for one in sorted(all_)],
)
def test_who_writes_is_who_should(kind: str, action: str) -> None:
    """What must be: a table that is written anew cannot hide another rule."""
    allowed = {
        "administrator": {"administrator"},
        "manager": OF_MANAGERS,
        "agent": OF_AGENTS,
        "reader": OF_READERS,
    }[kind]
    said = {who: says for who, says in read_table()[action].items() if says != NO}
    assert set(said) == allowed
    for who, says in said.items():
        where = REACH[who]
        assert says == (YES if where == LETTERS else where), who


#: What CKAN's rule lets whoever has an account ask about any dataset, and why it gives
#: them nothing.
LETS_THROUGH = {
    "am_following_dataset": "one's own list, where only what one reads is added",
    "dataset_follower_count": "a number; the names are the administrators'",
    "dcat_dataset_show": "asks package_show: see below",
    "package_resource_reorder": "asks package_patch: see below",
    "unfollow_dataset": "one's own list",
}


def table_of_hidden() -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield each line about what is not public: its action, its state, what it says."""
    for line, says in read_table().items():
        action, _, state = line.partition(" (")
        if state:
            yield action, state.rstrip(")"), says


@pytest.mark.parametrize("who", [one for one in PEOPLE if one != "administrator"])
def test_no_action_on_what_is_not_public_goes_beyond_ones_reach(who: str) -> None:
    """What must be: a table that is written anew cannot hide a rule that opens."""
    reach = "" if who in MANDATED else REACH[who]
    beyond = {
        (action, state): says[who]
        for action, state, says in table_of_hidden()
        if says[who] != NO
        and action not in LETS_THROUGH
        and not set(says[who]) <= set(reach)
    }
    assert beyond == {}


def test_each_action_that_lets_through_is_one() -> None:
    """An account has no place: what it may do, whoever has an account may."""
    found = {action for action, _, says in table_of_hidden() if says["account"] != NO}
    assert found == set(LETS_THROUGH)


@pytest.mark.parametrize("who", [one for one in PEOPLE if one != "administrator"])
def test_what_asks_another_rule_later_is_refused(who: str, around: Around) -> None:
    reach = "" if who in MANDATED else REACH[who]
    refused = 0
    for letter, owned in around.all.items():
        for named in owned.hidden.values() if letter not in reach else ():
            for action, asked in {
                "dcat_dataset_show": {"format": "ttl"},
                "package_resource_reorder": {"order": [named.resource]},
            }.items():
                context: Any = {"user": around.places.people[who], "ignore_auth": False}
                with pytest.raises(tk.NotAuthorized):
                    tk.get_action(action)(context, {"id": named.dataset, **asked})
                refused += 1
    assert refused == 4 * (len(LETTERS) - len(reach))


#: What gives a dataset, its rows, its history or its files.
READS = {
    "activity_show", "datastore_info", "datastore_search", "file_show",
    "package_activity_list", "package_show", "resource_show",
}  # fmt: skip


def test_what_is_not_public_is_read_by_its_own() -> None:
    """What is closed to everybody would go beyond nobody's reach."""
    seen = 0
    for action, state, says in table_of_hidden():
        if action not in READS:
            continue
        seen += 1
        for who in PEOPLE:
            where = "" if who in MANDATED else REACH[who]
            cell = {"": NO, LETTERS: YES}.get(where, where)
            assert says[who] == cell, (action, state, who)
    assert seen == len(READS) * len(HIDDEN)


#: What else a reader may: to follow it, and lists of what the portal has none of.
OF_A_READER = {"follow_dataset", "package_relationships_list", "resource_view_list"}


def test_who_only_reads_writes_nothing_there() -> None:
    """The ATD's member has the ATD's agents' reach, and may change nothing."""
    found = {act for act, _, says in table_of_hidden() if says["ATD's member"] != NO}
    assert found == READS | OF_A_READER | set(LETS_THROUGH)


def test_who_writes_what_is_not_public_is_who_writes_what_is() -> None:
    """Whatever is not everybody's about a public dataset has the same rule there."""
    said = read_table()
    compared = set()
    for action, state, says in table_of_hidden():
        if said[action]["account"] == NO:
            compared.add(action)
            assert says == said[action], (action, state)
    assert compared >= {*WRITES["agent"] - {"package_create"}, "datastore_upsert"}
