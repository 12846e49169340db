"""Actions on models: a new one, a new version, and the files that follow it."""

from __future__ import annotations

import time
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context, DataDict
from flask import has_request_context

from ckanext.odlocale.base import journal
from ckanext.odlocale.publishing.schema_migration import Mover, list_behind
from ckanext.odlocale.scdl.adding import SchemaRefused
from ckanext.odlocale.scdl.catalogue import extra_folder, load_catalogue
from ckanext.odlocale.scdl.fetching import CannotFetch, fetch_schema
from ckanext.odlocale.scdl.joining import Proposal, join, propose
from ckanext.odlocale.territory.animators import animated_by, is_administrator

__all__ = [
    "odlocale_schema_add",
    "odlocale_schema_migrate",
    "odlocale_schema_plan",
]

#: Files judged at once, at most, and seconds that one call moves files for.
MAX_FILES = 1000
MAX_SECONDS = 20.0


def odlocale_schema_add(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Bring in a Table Schema, or say what that would do.

    :param description: its JSON, as text (optional where ``url`` is given)
    :param url: where it is published (optional)
    :param slug: short and final name (optional)
    :param label: what an agent calls it (optional)
    :param dry_run: only say (optional)
    :returns: ``slug``, ``id``, ``label``, ``version``, ``former`` (the version in use
        until then, if any), ``known`` (that very version is in use), ``fields`` (name,
        title, type, required), ``changes`` (sentence, ``breaking``), ``rivals``
        (labels of models whose files would no longer be recognised by themselves),
        ``description`` (its JSON), ``behind`` (files online under a former version)
    :raises ValidationError: with every fault of the schema, in sentences
    :raises NotAuthorized: for a new version of another's model too
    """
    tk.check_access("odlocale_schema_add", context, data_dict)
    text, url = data_dict.get("description"), data_dict.get("url") or None
    options: dict[str, Any] = {
        "url": url,
        "slug": data_dict.get("slug") or None,
        "label": data_dict.get("label") or None,
        "added_by": _atd_of(context),
    }
    try:
        data = str(text).encode() if text else _fetch(str(url or ""))
        proposal = propose(data, load_catalogue(), **options)
        if proposal.former is not None and not proposal.is_known:
            asked = {"schema": proposal.former.slug}
            tk.check_access("odlocale_schema_change", context, asked)
        if not tk.asbool(data_dict.get("dry_run", False)):
            folder = extra_folder()
            if folder is None:
                raise OSError("no folder of schemas")
            proposal, _ = join(folder, data, **options)
            _record(context, proposal)
    except SchemaRefused as refused:
        said = [f"{one.say(_lang())} {one.advise(_lang())}" for one in refused.problems]
        raise tk.ValidationError({"description": said}) from refused
    except OSError as error:
        said = tk._("The disk refuses to write. Nothing was changed: try again later.")
        raise tk.ValidationError({"description": [said]}) from error
    return {**_describe(proposal), "description": data.decode("utf-8", "replace")}


@tk.side_effect_free
def odlocale_schema_plan(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Say what becomes of the files that are online under a former version.

    :param schema: slug of the model
    :param limit: files judged, at most (optional, 1,000)
    :returns: ``version`` in use; ``count`` of files behind; ``files``: for each judged,
        id, code and name of the collectivité, key, version, ``verdict`` (fits,
        follows, breaks) and ``faults`` in sentences
    :raises NotFound: no such model
    """
    tk.check_access("odlocale_schema_plan", context, data_dict)
    mover = _mover(data_dict)
    behind = list_behind(mover.schema.slug, mover.schema.version, _perimeters(context))
    limit = min(int(data_dict.get("limit") or MAX_FILES), MAX_FILES)
    files = [
        {
            "id": one.id,
            "code": one.code,
            "name": one.name,
            "key": one.key,
            "version": one.version,
            "verdict": impact.verdict,
            "faults": impact.say(_lang()),
        }
        for one, impact in mover.examine(behind[:limit])
    ]
    return {
        "schema": mover.schema.slug,
        "version": mover.schema.version,
        "count": len(behind),
        "files": files,
    }


def odlocale_schema_migrate(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Bring published files to the version in use, one transaction a file.

    Files that would break stay online as they are. A call works for twenty seconds at
    most, then says where to go on from; it may be stopped and started again.

    :param schema: slug of the model
    :param after: where the last call stopped (optional)
    :returns: ``fits``, ``follows``, ``breaks``, ``gone``: how many files of each;
        ``after``: where to go on from, nothing once all were seen
    :raises NotFound: no such model
    :raises NotAuthorized: nothing to publish for a collectivité of the perimeter
    """
    tk.check_access("odlocale_schema_migrate", context, data_dict)
    mover = _mover(data_dict)
    behind = list_behind(
        mover.schema.slug,
        mover.schema.version,
        _perimeters(context),
        str(data_dict.get("after") or ""),
    )
    done: dict[str, Any] = dict.fromkeys(("fits", "follows", "breaks", "gone"), 0)
    until = time.monotonic() + MAX_SECONDS
    for position, one in enumerate(behind, start=1):
        # A perimeter that overlaps gives no right by itself.
        tk.check_access("odlocale_deposit_publish", dict(context), {"id": one.id})
        done[mover.move(context, one.id)] += 1
        if time.monotonic() > until and position < len(behind):
            return {**done, "after": one.id}
    return {**done, "after": None}


def _mover(data_dict: DataDict) -> Mover:
    slug = str(tk.get_or_bust(data_dict, "schema"))
    if slug not in load_catalogue():
        raise tk.ObjectNotFound(tk._("This model was not found."))
    return Mover(load_catalogue().get(slug).slug)


def _perimeters(context: Context) -> list[str] | None:
    if is_administrator(context["user"]):
        return None
    return [one.atd_siren for one in animated_by(context["user"])]


def _atd_of(context: Context) -> str:
    """SIREN of the ATD for whom the user brings a model in; the portal's own else."""
    if is_administrator(context["user"]):
        return ""
    return str(animated_by(context["user"])[0].atd_siren)


def _fetch(url: str) -> bytes:
    try:
        return fetch_schema(url, tk.config["ckanext.odlocale.allowed_hosts"])
    except CannotFetch as error:
        raise tk.ValidationError({"url": [error.say(_lang())]}) from error


def _lang() -> str:
    if not has_request_context():
        return str(tk.config["ckan.locale_default"])
    return str(tk.h.lang())


def _describe(proposal: Proposal) -> dict[str, Any]:
    schema, former = proposal.schema, proposal.former
    behind = list_behind(schema.slug, schema.version, None) if former else []
    return {
        "slug": schema.slug,
        "id": schema.id,
        "label": schema.label,
        "version": schema.version,
        "former": former.version if former else None,
        "known": proposal.is_known,
        "fields": [
            {
                "name": field.name,
                "title": field.title,
                "type": field.type,
                "required": field.required,
            }
            for field in schema.fields
        ],
        "changes": [
            {"sentence": one.say(_lang()), "breaking": one.breaking}
            for one in proposal.changes
        ],
        "rivals": [one.label for one in proposal.rivals],
        "behind": len(behind),
    }


def _record(context: Context, proposal: Proposal) -> None:
    user = model.User.get(context["user"])
    former = proposal.former
    journal.record(
        "added",
        user_id=user.id if user else None,
        org_id=None,
        object_type="schema",
        object_id=proposal.schema.slug,
        detail={
            "version": proposal.schema.version,
            "former": former.version if former else None,
        },
    )
    model.Session.commit()
