"""What the desk's screens show, computed from plain data."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ckanext.odlocale.publishing.answers import Answers
from ckanext.odlocale.publishing.states import DRAFT_STATES
from ckanext.odlocale.publishing.steps import (
    DataLine,
    Draft,
    NextCard,
    choose_next_card,
    describe_data,
)
from ckanext.odlocale.publishing.wording import (
    name_establishment,
    name_of_former,
    name_release,
)
from ckanext.odlocale.scdl.catalogue import Catalogue, TableSchema
from ckanext.odlocale.scdl.report import Report
from ckanext.odlocale.territory.targets import Place

#: data.gouv.fr counts a description only beyond this many characters.
MIN_DESCRIPTION = 100


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
    :ivar published: models that have a file online
    :ivar possible: the others of the Socle commun
    :ivar optional: the others still, folded
    :ivar elsewhere: data published elsewhere: slug, name (empty where no model of
        the catalogue has this slug) and place
    """

    card: NextCard
    drafts: tuple[NamedDraft, ...]
    published: tuple[DataLine, ...]
    possible: tuple[DataLine, ...]
    optional: tuple[DataLine, ...] = ()
    elsewhere: tuple[tuple[str, str, Place], ...] = ()


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
    elsewhere: Mapping[str, Place] | None = None,
) -> Home:
    """Arrange what one collectivité has.

    :param deposits: its drafts and published files, the latest first, as
        ``odlocale_deposit_list`` gives them
    :param elsewhere: the data that it publishes elsewhere; a file online here still
        shows
    """
    drafts = tuple(_read_draft(one) for one in deposits if one["state"] in DRAFT_STATES)
    online = [one for one in deposits if one["state"] == "published"]
    lines = [
        describe_data(
            schema.slug,
            schema.label,
            schema.purpose,
            schema.dataset.frequency,
            [read_day(one["published_at"]) for one in online_of(schema.slug, online)],
            any(draft.schema == schema.slug for draft in drafts),
            today,
        )
        for schema in catalogue
    ]
    core = {schema.slug for schema in catalogue if schema.core}
    begun = {line.schema for line in lines if line.files or line.status == "draft"}
    away = {slug: at for slug, at in (elsewhere or {}).items() if slug not in begun}
    labels = {schema.slug: schema.label for schema in catalogue}
    undone = [line for line in lines if not line.files and line.schema not in away]
    keys = {one["id"]: one["key"] for one in deposits}
    communes = {one["id"]: one.get("former") for one in deposits}
    names = [
        _with_commune(
            name_draft(one, keys[one.deposit_id], catalogue), communes[one.deposit_id]
        )
        for one in drafts
    ]
    alike = Counter(names)
    return Home(
        card=choose_next_card(lines, drafts, today),
        drafts=tuple(
            NamedDraft(
                draft,
                name_establishment(name, keys[draft.deposit_id] or "")
                if alike[name] > 1
                else name,
            )
            for draft, name in zip(drafts, names, strict=True)
        ),
        published=tuple(line for line in lines if line.files),
        possible=tuple(line for line in undone if line.schema in core),
        optional=tuple(line for line in undone if line.schema not in core),
        elsewhere=tuple((slug, labels.get(slug, ""), at) for slug, at in away.items()),
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
    found = set(mapping.values()) - set(answers.mapping.values())
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


def count_quality(dataset: Mapping[str, Any], has_contour: bool) -> int:
    """Count which of data.gouv.fr's nine quality criteria a dataset will meet.

    The criteria are udata's (``core/dataset/models.py``): licence, period, territory,
    frequency, updated in time, description over 100 characters, open format,
    files available, files described. Ours publishes what it checked: in time,
    open, available.
    """
    resources = dataset.get("resources") or ()
    return sum(
        (
            bool(dataset.get("license_id")),
            bool(dataset.get("temporal_coverage")),
            has_contour,
            bool(dataset.get("frequency")),
            True,
            len(dataset.get("notes") or "") > MIN_DESCRIPTION,
            any(one.get("format") == "CSV" for one in resources),
            True,
            any(one.get("description") for one in resources),
        )
    )


def _read_draft(deposit: Mapping[str, Any]) -> Draft:
    return Draft(
        deposit_id=deposit["id"],
        schema=deposit["schema"],
        filename=deposit["filename"] or "",
        updated_at=datetime.datetime.fromisoformat(deposit["updated_at"]),
    )
