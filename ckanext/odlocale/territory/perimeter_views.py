"""Pages where ATDs and what they cover are written. Administrators write, animators
read theirs."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from flask import Blueprint, request

from ckanext.odlocale.scdl.unreadable import Unreadable
from ckanext.odlocale.territory import perimeter_reasons, register_files
from ckanext.odlocale.territory.animators import is_administrator
from ckanext.odlocale.territory.animer_guards import (
    MAX_FILE_BYTES,
    Page,
    context_of_user,
    explain,
    go_to,
    guard,
    own_perimeters,
    show,
)
from ckanext.odlocale.territory.definition import (
    Definition,
    Part,
    PartKind,
    PerimeterError,
)
from ckanext.odlocale.territory.lists import NoCodeColumn, TooManyRows, read_list
from ckanext.odlocale.territory.perimeter_form import (
    ADDED,
    LISTED_COMMUNES,
    Draft,
    find_atds,
    find_territories,
    name_part,
    preview,
    read_definition,
    read_draft,
    read_syndicat,
)
from ckanext.odlocale.territory.register import Register
from ckanext.odlocale.territory.tables import AtdPerimeter

#: How many things wrong are said at once.
SHOWN = 3

perimeters = Blueprint(
    "odlocale_perimeters", __name__, url_prefix="/animer/territoire/perimetres"
)


@perimeters.get("")
def home() -> Page:
    """List the ATDs: all of them for an administrator, one's own for an animator."""
    own = own_perimeters()
    listed = []
    for one in own:
        draft = Draft(
            one.atd_siren, one.name, one.colour or "", _definition(one.definition)
        )
        listed.append({"perimeter": one, **_describe(draft, among=[])})
    return show("perimeters", {"listed": listed})


@perimeters.get("/nouveau")
def new() -> Page:
    """Begin a perimeter."""
    _administrators_only()
    return _form(Draft())


@perimeters.get("/<siren>")
def edit(siren: str) -> Page:
    """Show a perimeter: to change it, or to read it."""
    draft = _stored(siren)
    if not is_administrator(tk.current_user.name):
        return show("perimeter", {"draft": draft, **_describe(draft)})
    return _form(draft, siren)


@perimeters.post("/nouveau")
def write_new() -> Page:
    """Add one thing to a new perimeter, or save it."""
    _administrators_only()
    return _write(read_draft(request.form), "")


@perimeters.post("/<siren>")
def write(siren: str) -> Page:
    """Add one thing to a perimeter, or save it."""
    _administrators_only()
    _stored(siren)
    return _write(read_draft(request.form, siren), siren)


@perimeters.get("/<siren>/supprimer")
def confirm_delete(siren: str) -> Page:
    """Say what deleting a perimeter does, and ask."""
    _administrators_only()
    draft = _stored(siren)
    return show("perimeter_delete", {"draft": draft, **_describe(draft)})


@perimeters.post("/<siren>/supprimer")
def delete(siren: str) -> Page:
    """Delete a perimeter; its organisations stay."""
    _administrators_only()
    draft = _stored(siren)
    try:
        tk.get_action("odlocale_perimeter_delete")(
            context_of_user(), {"atd_siren": siren}
        )
    except tk.ValidationError as error:
        extra = {"draft": draft, "refusals": explain(error), **_describe(draft)}
        return show("perimeter_delete", extra)
    said = tk._("{name} covers nothing any more. Organisations and data stay.")
    tk.h.flash_success(said.format(name=draft.name))
    return go_to("odlocale_perimeters.home")


def _show_again() -> Page:
    siren = str((request.view_args or {}).get("siren", ""))
    # Raised here, a refusal would be an error of the error handler.
    if not is_administrator(tk.current_user.name):
        return go_to("odlocale_perimeters.home")
    if request.endpoint == "odlocale_perimeters.delete":
        return go_to("odlocale_perimeters.confirm_delete", siren=siren)
    return _form(read_draft(request.form, siren), siren, _typed())


guard(perimeters, on_stale=_show_again)


def _write(draft: Draft, siren: str) -> Page:
    do, _, rest = request.form.get("do", "auto").partition(":")
    if do == "auto":
        do = "include" if request.form.get("text", "").strip() else "show"
        do = "find" if request.form.get("atd_text", "").strip() else do
    extra: dict[str, Any] = _typed()
    sent = request.files.get("list")
    if do == "save" and sent is not None and sent.filename:
        # A file that was chosen and not yet read is shown before anything is saved.
        do = "list"
    if do == "save":
        return _save(draft, siren)
    if do in ("include", "exclude"):
        draft, extra = _add(draft, do, extra)
    elif do == "add":
        draft = _chosen(draft, rest)
        extra = {}
    elif do == "drop":
        place, _, which = rest.partition(":")
        draft = draft.without(place, which)
    elif do == "find":
        draft, extra = _find_atd(draft, extra)
    elif do == "atd":
        draft, extra = _choose_atd(draft, rest), {}
    elif do == "syndicat":
        draft, extra = _add_syndicat(draft, extra)
    elif do == "list":
        draft, extra = _add_list(draft, extra)
    return _form(draft, siren, extra)


def _typed() -> dict[str, Any]:
    names = ("text", "kind", "atd_text", "other_siren", "other_name", "other_place")
    return {"typed": {name: request.form.get(name, "") for name in names}}


def _add(
    draft: Draft, place: str, extra: dict[str, Any]
) -> tuple[Draft, dict[str, Any]]:
    kind, text = request.form.get("kind", ""), request.form.get("text", "").strip()
    found = find_territories(_register(), kind, text)
    if len(found) == 1:
        added = draft.with_part(found[0].part, excluded=place == "exclude")
        return added, {"done": found[0].name, "excluded": place == "exclude"}
    if found:
        return draft, {**extra, "found": found, "place": place}
    if text:
        say = tk._("Nothing here is called {text}. Check its name, or type its code.")
    else:
        say = tk._("Type a name or a code first.")
    return draft, {**extra, "errors": {"text": say.format(text=text)}}


def _chosen(draft: Draft, rest: str) -> Draft:
    place, kind, code = [*rest.split(":"), "", "", ""][:3]
    known: dict[str, PartKind] = {one: one for one in ADDED}
    if kind not in known:
        return draft
    return draft.with_part(Part.of(known[kind], code), excluded=place == "exclude")


def _find_atd(draft: Draft, extra: dict[str, Any]) -> tuple[Draft, dict[str, Any]]:
    text = request.form.get("atd_text", "").strip()
    found = find_atds(_register(), text)
    if len(found) == 1:
        return draft.with_atd(found[0].siren, found[0].full_name), {}
    if found:
        return draft, {**extra, "atds": found}
    say = tk._(
        "The register has nobody called {text}. For a joint authority, type its SIREN"
        " and its name below."
    )
    return draft, {**extra, "errors": {"atd_text": say.format(text=text)}}


def _choose_atd(draft: Draft, siren: str) -> Draft:
    found = _register().by_siren(siren)
    return draft if found is None else draft.with_atd(found.siren, found.full_name)


def _add_syndicat(draft: Draft, extra: dict[str, Any]) -> tuple[Draft, dict[str, Any]]:
    given = (
        request.form.get(name, "")
        for name in ("other_siren", "other_name", "other_place")
    )
    other = read_syndicat(*given)
    if other is None:
        say = tk._("Type the nine figures of its SIREN and its name.")
        return draft, {**extra, "errors": {"other_siren": say}}
    return draft.with_atd(other.siren, other.name, other), {}


def _add_list(draft: Draft, extra: dict[str, Any]) -> tuple[Draft, dict[str, Any]]:
    upload = request.files.get("list")
    if upload is None or not upload.filename:
        return draft, {**extra, "errors": {"list": tk._("Choose a file first.")}}
    content = upload.stream.read(MAX_FILE_BYTES + 1)
    try:
        listed = read_list(content, upload.filename, _register())
    except (Unreadable, NoCodeColumn, TooManyRows) as error:
        said = perimeter_reasons.describe_unusable(error, tk.h.lang())
        text = f"{said['message']} {said['remedy']}"
        return draft, {**extra, "errors": {"list": text}}
    added = draft.with_list(listed.parts, listed.others)
    told = perimeter_reasons.describe_list(listed, tk.h.lang())
    told = {**told, "filename": upload.filename}
    return added, {**extra, "listed": told}


def _save(draft: Draft, siren: str) -> Page:
    if not draft.atd_siren:
        say = tk._("Choose who helps the communes of this territory.")
        return _form(draft, siren, {**_typed(), "errors": {"atd_text": say}})
    wanted = {
        "atd_siren": draft.atd_siren,
        "name": draft.name,
        "colour": draft.colour,
        "definition": draft.definition.to_dict(),
    }
    try:
        tk.get_action("odlocale_perimeter_set")(context_of_user(), wanted)
    except tk.ValidationError as error:
        errors = {
            name: texts[0] if isinstance(texts, list) else str(texts)
            for name, texts in error.error_dict.items()
        }
        return _form(draft, siren, {**_typed(), "errors": errors})
    said = tk._("{name} is saved. See the plan, then apply it.")
    tk.h.flash_success(said.format(name=draft.name))
    return go_to("odlocale_animer.home", perimetre=draft.atd_siren)


def _form(draft: Draft, siren: str = "", extra: dict[str, Any] | None = None) -> Page:
    described = _describe(draft)
    blank: dict[str, Any] = {
        "typed": {},
        "errors": {},
        "found": (),
        "atds": (),
        "listed": None,
    }
    shown = {**blank, "draft": draft, "siren": siren, **described, **(extra or {})}
    if described["problem"]:
        shown["errors"] = {"definition": described["problem"], **shown["errors"]}
    return show("perimeter_form", shown)


def _describe(draft: Draft, among: list[AtdPerimeter] | None = None) -> dict[str, Any]:
    register, definition = _register(), draft.definition
    others = [
        (one.name, one.definition)
        for one in (own_perimeters() if among is None else among)
        if one.atd_siren != draft.atd_siren
    ]
    problem, covered = "", None
    try:
        covered = preview(register, draft, others)
    except PerimeterError as error:
        told = perimeter_reasons.describe_faults(error, tk.h.lang())
        problem = " ".join(f"{one['message']} {one['remedy']}" for one in told[:SHOWN])
    atd = name_part(register, Part("siren", draft.atd_siren), definition.others)
    parts = {
        place: [
            (part, name_part(register, part, definition.others))
            for part in getattr(definition, place)
        ]
        for place in ("include", "exclude")
    }
    language = tk.h.lang()
    whole = covered.perimeter if covered else None
    notes = [
        *(
            perimeter_reasons.describe_gone(one, language)
            for one in (whole.gone if whole else ())
        ),
        *(
            perimeter_reasons.describe_partly(one, language)
            for one in (whole.partly if whole else ())
        ),
    ]
    return {
        "covered": covered,
        "notes": notes,
        "problem": problem,
        "parts": parts,
        "atd": atd,
        "listed_communes": LISTED_COMMUNES,
    }


def _stored(siren: str) -> Draft:
    found = next((one for one in own_perimeters() if one.atd_siren == siren), None)
    if found is None:
        # Somebody else's and nobody's are one answer: it names nothing.
        _administrators_only()
        raise tk.ObjectNotFound()
    colour, definition = found.colour or "", _definition(found.definition)
    return Draft(found.atd_siren, found.name, colour, definition)


def _definition(value: Any) -> Definition:
    return read_definition(tk.h.dump_json(value))


def _register() -> Register:
    setting = tk.config.get("ckanext.odlocale.register_path")
    return Register.load(folders=register_files.register_folders(setting))


def _administrators_only() -> None:
    if not is_administrator(tk.current_user.name):
        raise tk.NotAuthorized()


blueprints = [perimeters]
