"""What the desk's screens show, computed from plain data."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ckanext.odlocale.publishing.alerts import Alert, list_alerts
from ckanext.odlocale.publishing.answers import Answers
from ckanext.odlocale.publishing.due import Release
from ckanext.odlocale.publishing.next_step import (
    DataLine,
    Draft,
    Duty,
    Holding,
    NextCard,
    ReaderReport,
    choose_next_card,
    describe_data,
)
from ckanext.odlocale.publishing.states import DRAFT_STATES
from ckanext.odlocale.publishing.wording import (
    name_establishment,
    name_of_former,
    name_release,
)
from ckanext.odlocale.scdl.catalogue import Catalogue, TableSchema
from ckanext.odlocale.scdl.report import Report
from ckanext.odlocale.territory.targets import Place


@dataclass(frozen=True)
class NamedDraft:
    """A draft and what it is called: its content where known, else its file."""

    draft: Draft
    name: str


@dataclass(frozen=True)
class Home:
    """The desk of one collectivité.

    :ivar card: the one next step
    :ivar drafts: what is begun, the latest first
    :ivar published: models that have a file online, or an answer instead
    :ivar possible: the others that the law surely asks, or of the Socle commun
    :ivar optional: the others still, folded
    :ivar elsewhere: data published elsewhere: slug, name (empty where no model of
        the catalogue has this slug) and place
    :ivar alerts: what comes before the next step
    """

    card: NextCard
    drafts: tuple[NamedDraft, ...]
    published: tuple[DataLine, ...]
    possible: tuple[DataLine, ...]
    optional: tuple[DataLine, ...] = ()
    elsewhere: tuple[tuple[str, str, Place], ...] = ()
    alerts: tuple[Alert, ...] = ()


@dataclass(frozen=True)
class Known:
    """What is known of one collectivité besides its files.

    :ivar elsewhere: the data that it publishes elsewhere
    :ivar duties: what the law asks of it, by slug
    :ivar answered: by slug, the years about which it said that there is nothing
    :ivar grids: the tables begun online, as ``odlocale_grid_list`` gives them
    :ivar reports: errors that readers reported, not answered yet
    :ivar proposed: what the ATD makes a priority, by slug, with the ATD's name
    :ivar stopped: ids of the drafts whose publication began and did not end
    :ivar working: drafts that the worker has, by id: how they stand
    :ivar bounced: whether letters to who reads come back
    :ivar nic: of its main establishment: last five digits of the SIRET
    """

    elsewhere: Mapping[str, Place] = field(default_factory=dict)
    duties: Mapping[str, Duty] = field(default_factory=dict)
    answered: Mapping[str, frozenset[int]] = field(default_factory=dict)
    grids: Sequence[Mapping[str, Any]] = ()
    reports: Sequence[ReaderReport] = ()
    proposed: Mapping[str, str] = field(default_factory=dict)
    stopped: Collection[str] = ()
    working: Mapping[str, str] = field(default_factory=dict)
    bounced: bool = False
    nic: str = ""


@dataclass(frozen=True)
class File:
    """One file of a data's page.

    :ivar code: of its permanent address: a former commune's keeps its own
    :ivar former: releases that it replaced, the latest first
    """

    deposit_id: str
    code: str
    key: str
    name: str
    rows: int
    published_on: datetime.date
    former: tuple[Former, ...]


@dataclass(frozen=True)
class Former:
    """A release that another one replaced."""

    deposit_id: str
    published_on: datetime.date
    filename: str


def build_home(
    deposits: Sequence[Mapping[str, Any]],
    catalogue: Catalogue,
    today: datetime.date,
    known: Known | None = None,
) -> Home:
    """Arrange what one collectivité has.

    A file online here shows, wherever the next one goes.

    :param deposits: its drafts and published files, the latest first, as
        ``odlocale_deposit_list`` gives them
    """
    known = known or Known()
    drafts = _list_drafts(deposits, known, catalogue)
    begun = {one.draft.schema for one in drafts}
    lines = describe_all(deposits, catalogue, known, begun, today)
    away = {
        slug: at
        for slug, at in known.elsewhere.items()
        if slug not in begun and not any(one.schema == slug for one in lines)
    }
    labels = {schema.slug: schema.label for schema in catalogue}
    core = {schema.slug for schema in catalogue if schema.core}
    published = tuple(line for line in lines if line.files or line.nothing)
    undone = [line for line in lines if line not in published]
    # Of what is only presumed (nobody knows how many agents there are), the rest would
    # make a list that nobody reads.
    sure = {slug for slug, duty in known.duties.items() if duty.certain}
    shown = core | sure | set(known.proposed)
    possible = tuple(line for line in undone if line.schema in shown)
    return Home(
        card=choose_next_card(
            (*published, *possible), [one.draft for one in drafts], known.reports
        ),
        drafts=drafts,
        published=published,
        possible=possible,
        optional=tuple(line for line in undone if line not in possible),
        elsewhere=tuple((slug, labels.get(slug, ""), at) for slug, at in away.items()),
        alerts=list_alerts(
            known.grids,
            catalogue,
            bounced=known.bounced,
            reports=len(known.reports),
        ),
    )


def describe_all(
    deposits: Sequence[Mapping[str, Any]],
    catalogue: Catalogue,
    known: Known,
    begun: Collection[str | None],
    today: datetime.date,
) -> list[DataLine]:
    """Say where one collectivité is with each model that it publishes here.

    :param begun: slugs of the models that have a draft
    """
    online = [one for one in deposits if one["state"] == "published"]
    found = []
    for schema in catalogue:
        files = online_of(schema.slug, online)
        if schema.slug in known.elsewhere and not files and schema.slug not in begun:
            continue
        holding = Holding(
            tuple(
                Release(one["key"] or "", read_day(one["published_at"]))
                for one in files
            ),
            known.answered.get(schema.slug, frozenset()),
            schema.slug in begun,
            known.duties.get(schema.slug),
            known.proposed.get(schema.slug, ""),
            known.nic,
        )
        found.append(describe_data(schema, holding, today))
    return found


def _list_drafts(
    deposits: Sequence[Mapping[str, Any]],
    known: Known,
    catalogue: Catalogue,
) -> tuple[NamedDraft, ...]:
    """Name what is begun, the latest first: files, and tables not yet made a file.

    A publication that stopped comes before.
    """
    files = [one for one in deposits if one["state"] in DRAFT_STATES]
    names = [
        _with_commune(
            name_draft(_read_draft(one), one["key"], catalogue), one.get("former")
        )
        for one in files
    ]
    alike = Counter(names)
    found = [
        NamedDraft(
            _read_draft(
                one,
                stopped=one["id"] in known.stopped,
                work=known.working.get(one["id"], ""),
            ),
            name_establishment(name, one["key"] or "") if alike[name] > 1 else name,
        )
        for name, one in zip(names, files, strict=True)
    ]
    for one in known.grids:
        if one["deposit_id"] is None and one["schema"] in catalogue:
            draft = Draft(
                deposit_id="",
                schema=one["schema"],
                filename="",
                updated_at=datetime.datetime.fromisoformat(one["updated_at"]),
                grid_key=one["key"],
            )
            schema = catalogue.get(one["schema"])
            found.append(NamedDraft(draft, name_release(schema, one["key"])))
    return tuple(
        sorted(
            found,
            key=lambda one: (one.draft.stopped, one.draft.updated_at),
            reverse=True,
        )
    )


def online_of(
    slug: str, deposits: Iterable[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Return the deposits of one model."""
    return [one for one in deposits if one["schema"] == slug]


def name_draft(draft: Draft, key: str | None, catalogue: Catalogue) -> str:
    """Name a draft: «Budget primitif 2022», or its file's name."""
    if draft.schema is None or key is None or draft.schema not in catalogue:
        return draft.filename
    return name_release(catalogue.get(draft.schema), key)


def list_files(
    schema: TableSchema, deposits: Sequence[Mapping[str, Any]]
) -> tuple[File, ...]:
    """Return the files online of one model, each with its former releases.

    :param deposits: all those of the model, the latest first
    """
    online = [one for one in deposits if one["state"] == "published"]

    def short(one: Mapping[str, Any]) -> str:
        return _with_commune(name_release(schema, one["key"]), one.get("former"))

    names = Counter(map(short, online))

    def name(one: Mapping[str, Any]) -> str:
        alike = names[short(one)] > 1
        return name_establishment(short(one), one["key"]) if alike else short(one)

    return tuple(
        File(
            deposit_id=one["id"],
            code=one["code"],
            key=one["key"],
            name=name(one),
            rows=one["rows"] or 0,
            published_on=read_day(one["published_at"]),
            former=tuple(
                Former(old["id"], read_day(old["published_at"]), old["filename"] or "")
                for old in deposits
                if old["state"] == "replaced"
                and (old["siren"], old["key"]) == (one["siren"], one["key"])
            ),
        )
        for one in online
    )


def _with_commune(name: str, former: str | None) -> str:
    return name_of_former(name, former) if former else name


def read_day(moment: str) -> datetime.date:
    """Return the day of an ISO date and time."""
    return datetime.datetime.fromisoformat(moment).date()


def ask_model(analysis: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    """Arrange the question «what is this file about?».

    :returns: ``candidates``: (model, columns recognised, columns expected), best
        first; ``others``: the models that have no column in common with the file;
        ``elsewhere``: the model whose data go to a national home, if it follows one
    """
    candidates = [
        (catalogue.get(one["schema"]), one["matched"], one["expected"])
        for one in analysis["candidates"]
        if one["matched"]
    ]
    listed = {schema.slug for schema, _, _ in candidates}
    others = [schema for schema in catalogue if schema.slug not in listed]
    national = analysis.get("national")
    elsewhere = next((one for one in catalogue.every if one.slug == national), None)
    return {"candidates": candidates, "others": others, "elsewhere": elsewhere}


def ask_columns(
    schema: TableSchema, report: Report | None, answers: Answers
) -> dict[str, Any]:
    """Arrange the question «where are these columns?».

    A column that the agent designated is asked again, so that it can be changed.

    :returns: ``missing``: the required fields to find; ``used``: what each column
        of the file stands for already, by its name
    """
    mapping = report.mapping if report else {}
    told = {one.column for one in (report.groups if report else ()) if one.correction}
    found = {*mapping.values(), *told} - set(answers.mapping.values())
    # A column published beyond the model is its own title.
    titles = {field.name: field.title for field in schema.fields}
    return {
        "missing": [one for one in schema.required if one.name not in found],
        "used": {
            column: titles.get(name, name)
            for column, name in mapping.items()
            if column not in answers.mapping
        },
    }


def _read_draft(
    deposit: Mapping[str, Any], *, stopped: bool = False, work: str = ""
) -> Draft:
    return Draft(
        deposit_id=deposit["id"],
        schema=deposit["schema"],
        filename=deposit["filename"] or "",
        updated_at=datetime.datetime.fromisoformat(deposit["updated_at"]),
        stopped=stopped,
        work=work,
    )
