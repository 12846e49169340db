"""Carrying out searches and plans of registration, one collectivité after the other.

Each call is recorded, and committed, before the next. Before a creation the intention
is committed too, and data.gouv.fr is looked at again: a run that is killed between a
call and its record finds, next time, what it had created.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Final

import ckantoolkit as tk
from ckan import model

from ckanext.odlocale.base import journal
from ckanext.odlocale.datagouv import keys
from ckanext.odlocale.datagouv import registration_store as store
from ckanext.odlocale.datagouv.calling import (
    DatagouvError,
    NoAnswer,
    NotNow,
    NotUnderstood,
    Refused,
)
from ckanext.odlocale.datagouv.client import Client
from ckanext.odlocale.datagouv.logo import read_logo
from ckanext.odlocale.datagouv.registering import (
    APPLIED,
    Plan,
    Step,
    make_plan,
    needs_search,
    organization_fields,
    source_fields,
)
from ckanext.odlocale.datagouv.registration_rows import (
    Candidate,
    Found,
    HeldSource,
    Row,
    asked_of,
    is_own,
    pick_source,
)
from ckanext.odlocale.datagouv.searching import look, search
from ckanext.odlocale.territory.tables import Collectivity

log = logging.getLogger(__name__)

Tell = Callable[[int, int], None]
#: After so many collectivités in a row without an answer, the rest waits.
PATIENCE: Final = 3


class SomebodyCreated(Exception):
    """An organisation of that name is there, that the plan did not know of."""


@dataclass
class Outcome:
    """What a run did.

    :ivar done: steps carried out, by verb
    :ivar problems: what stopped a collectivité, by code
    :ivar left: steps that were not tried
    :ivar calls: of the API
    """

    done: dict[str, int] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    left: int = 0
    calls: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return it, as JSON holds it."""
        return dict(self.__dict__)


class Clients:
    """The clients of a run, one for each key, and what they asked."""

    def __init__(self) -> None:
        self._base = keys.client()
        self._before = self._base.calls
        self._by_place: dict[str, Client] = {}
        self._refused: set[str] = set()

    @property
    def calls(self) -> int:
        """How many calls this process made since the run began."""
        return self._base.calls - self._before

    def of(self, siren: str) -> Client:
        """Return the client that acts for a collectivité.

        :raises NoKey: nobody gave a key, or data.gouv.fr refused it in this run
        """
        place = keys.place_of(siren)
        if place is None or place in self._refused:
            raise keys.NoKey(tk._("No key of data.gouv.fr was given."))
        if place not in self._by_place:
            self._by_place[place] = self._base.with_key(keys.key_of(place))
        return self._by_place[place]

    def note_refusal(self, siren: str) -> None:
        """Ask nothing more with a key that data.gouv.fr does not know."""
        place = keys.place_of(siren)
        if place is not None:
            self._refused.add(place)
            keys.note_refusal(place)


def plan(scope: store.Scope) -> Plan:
    """Return what is to be done, from what is known: no call is made."""
    return make_plan(store.read_rows(scope))


def search_all(
    scope: store.Scope, *, fresh: bool = False, tell: Tell = lambda done, total: None
) -> Outcome:
    """Ask data.gouv.fr about those of whom it was not asked yet. Commits after each.

    :param fresh: ask again about those that have no organisation of their own yet
    """
    rows = [row for row in store.read_rows(scope) if _is_asked(row, fresh)]
    return run_each(rows, _search_one, tell)


def apply_steps(
    scope: store.Scope,
    wanted: Collection[str] | None = None,
    *,
    portal: str,
    user_id: str | None,
    tell: Tell = lambda done, total: None,
) -> Outcome:
    """Carry out steps of the plan, each once. Commits after each call.

    :param wanted: ids of steps of a plan that was read: what is due since is not
        carried out, what is done already is passed over; all of them by default
    :param portal: its name, as readers of data.gouv.fr are told
    """
    steps = [one for one in plan(scope).steps if one.verb in APPLIED]
    if wanted is not None:
        steps = [one for one in steps if one.id in wanted]

    def carry_out(client: Client, step: Step) -> str:
        _Registrar(client, step, portal, user_id).carry_out()
        return step.verb

    return run_each(steps, carry_out, tell)


def _is_asked(row: Row, fresh: bool) -> bool:
    if needs_search(row):
        return True
    asks_again = fresh and row.organization is None
    return asks_again and row.has_key and row.place != "elsewhere"


def _search_one(client: Client, row: Row) -> str:
    store.keep_found(row.siren, search(client, row))
    return "search"


def run_each(
    items: Iterable[Any], do: Callable[[Client, Any], str], tell: Tell
) -> Outcome:
    """Do something for each collectivité; a problem of one leaves the others be."""
    todo, outcome, clients = list(items), Outcome(), Clients()
    silent = 0
    for number, item in enumerate(todo):
        tell(number, len(todo))
        try:
            verb = do(clients.of(item.siren), item)
            model.Session.commit()
            outcome.done[verb] = outcome.done.get(verb, 0) + 1
            silent = 0
        except (DatagouvError, keys.NoKey, SomebodyCreated) as error:
            model.Session.rollback()
            code, said = describe_problem(error)
            if isinstance(error, Refused) and error.status == 401:
                clients.note_refusal(item.siren)
            store.keep(item.siren, problem=f"{code}: {said}" if said else code)
            model.Session.commit()
            outcome.problems[item.siren] = code
            log.warning("data.gouv.fr, %s: %s", item.siren, error)
            silent = silent + 1 if isinstance(error, (NoAnswer, NotNow)) else 0
        if silent >= PATIENCE:
            outcome.left = len(todo) - number - 1
            break
    tell(len(todo) - outcome.left, len(todo))
    outcome.calls = clients.calls
    return outcome


def describe_problem(error: Exception) -> tuple[str, str]:
    """Return the code of a problem, and the words of data.gouv.fr, if any."""
    if isinstance(error, SomebodyCreated):
        return "somebody_created", ""
    if isinstance(error, keys.NoKey):
        return "no_key", ""
    if isinstance(error, NotNow):
        return "not_now", ""
    if isinstance(error, NotUnderstood):
        return "not_understood", ""
    if isinstance(error, Refused):
        if error.status == 401:
            return "key_refused", ""
        fields = "; ".join(f"{name}: {said}" for name, said in error.fields.items())
        return "refused", fields or error.said
    return "no_answer", ""


@dataclass
class _Registrar:
    """Carries out one step."""

    client: Client
    step: Step
    portal: str
    user_id: str | None

    def carry_out(self) -> None:
        row = self._row()
        step = self.step
        if step.verb == "create_organization":
            self._create_organization(row)
            # A source is only made for what can be harvested at once.
            if step.then:
                self._create_source(self._row())
        elif step.verb == "create_source":
            self._create_source(row)
        elif step.verb == "adopt":
            self._adopt(row)
        elif step.verb == "add_siret":
            made = self.client.update_organization(step.organization_id, step.fields)
            store.keep_organization(row.siren, Candidate.of(made, "siret"))
            self._note("named on data.gouv.fr", step.organization_id)
        elif step.verb == "move_source":
            moved = self.client.update_source(step.source_id, step.fields)
            store.keep_source(row.siren, HeldSource.of(moved))
            self._note("moved a source of data.gouv.fr", step.source_id)

    def _row(self) -> Row:
        model.Session.expire_all()
        row = store.read_row(self.step.siren)
        assert row is not None, "a step of a collectivité that is there"
        return row

    def _adopt(self, row: Row) -> None:
        (chosen,) = self.step.candidates
        store.keep_organization(row.siren, chosen)
        if row.found is not None and row.found.source is not None:
            store.keep_source(row.siren, row.found.source)

    def _create_organization(self, row: Row) -> None:
        store.keep(row.siren, begun="organization")
        model.Session.commit()
        made = self._find_own(row)
        if made is None:
            fields = organization_fields(row, self.portal)
            try:
                created = self.client.create_organization(fields)
                made = Candidate.of(created, "siret" if row.siret else "name")
            except DatagouvError as error:
                made = self._find_own(row) if error.maybe_done else None
                if made is None:
                    raise
            self._note("registered on data.gouv.fr", made.id)
        store.keep_organization(row.siren, made)
        model.Session.commit()
        self._send_logo(row, made)

    def _find_own(self, row: Row) -> Candidate | None:
        """:raises SomebodyCreated: what is there is not what the plan knew of"""
        seen = look(self.client, row)
        own = [one for one in seen if is_own(one, row)]
        if own:
            return own[0]
        known = {one.id for one in row.found.candidates} if row.found else set()
        unknown = [one for one in seen if one.id not in known]
        if unknown:
            kept = row.found.candidates if row.found else ()
            found = Found(asked_of(row), (*unknown, *kept))
            store.keep(row.siren, decision=None)
            store.keep_found(row.siren, found)
            model.Session.commit()
            raise SomebodyCreated
        return None

    def _send_logo(self, row: Row, made: Candidate) -> None:
        """A picture is no reason to stop: the organisation is there without it."""
        logo = read_logo(row.logo)
        if logo is None:
            return
        try:
            self.client.set_logo(made.id, logo.name, logo.content)
        except DatagouvError as error:
            log.warning("The picture of %s was not taken: %s", row.siren, error)

    def _create_source(self, row: Row) -> None:
        organization = row.organization
        assert organization is not None, "created or adopted before"
        store.keep(row.siren, begun="source")
        model.Session.commit()
        source = self._find_source(row, organization)
        if source is None:
            owned = {**source_fields(row), "organization": organization.id}
            try:
                source = HeldSource.of(self.client.create_source(owned))
            except DatagouvError as error:
                source = (
                    self._find_source(row, organization) if error.maybe_done else None
                )
                if source is None:
                    raise
            self._note("gave data.gouv.fr a source", source.id)
        elif source.url != row.feed:
            moved = self.client.update_source(source.id, {"url": row.feed})
            source = replace(HeldSource.of(moved), state=source.state)
        store.keep_source(row.siren, source)
        model.Session.commit()

    def _find_source(self, row: Row, organization: Candidate) -> HeldSource | None:
        return pick_source(self.client.sources(organization.id).items, row)

    def _note(self, verb: str, object_id: str) -> None:
        place = model.Session.get(Collectivity, self.step.siren)
        journal.record(
            verb,
            user_id=self.user_id,
            org_id=place.org_id if place is not None else None,
            object_type="datagouv",
            object_id=object_id,
        )
