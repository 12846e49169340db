"""``/animer/modeles``: the models of data, a new one, a new version, who follows."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from flask import Blueprint, request

from ckanext.odlocale.publishing.schema_migration import count_online
from ckanext.odlocale.scdl.adding import MAX_SCHEMA_BYTES
from ckanext.odlocale.territory.animer_guards import (
    Page,
    context_of_user,
    explain,
    go_to,
    guard,
    own_perimeters,
    show,
)

models = Blueprint("odlocale_models_animer", __name__, url_prefix="/animer/modeles")

#: Files that the page judges at once: some seconds.
JUDGED = 200

#: What the form asks, and the preview carries on.
FIELDS = ("url", "label", "slug")

guard(models)


@models.get("")
def home() -> Page:
    """List the models, and ask for another."""
    return _show_home()


@models.post("/verifier")
def preview() -> Page:
    """Say what a schema would bring, and ask; or say what to correct."""
    own_perimeters()
    typed = _read_form()
    asked = {**typed, "dry_run": True}
    if not typed["description"] and not typed["url"]:
        told = tk._("Choose a file, or give the address where it is published.")
        return _show_home(typed, [told])
    try:
        found = tk.get_action("odlocale_schema_add")(context_of_user(), asked)
    except tk.ValidationError as error:
        return _show_home(typed, explain(error))
    return show("model_preview", {"found": found, "typed": typed, "refusals": []})


@models.post("/ajouter")
def add() -> Page:
    """Bring in exactly what was shown."""
    own_perimeters()
    typed = _read_form()
    try:
        added = tk.get_action("odlocale_schema_add")(context_of_user(), typed)
    except tk.ValidationError as error:
        return _show_home(typed, explain(error))
    if added["known"]:
        tk.h.flash_notice(
            tk._("This version of “{label}” is in use already.").format(**added)
        )
    else:
        tk.h.flash_success(
            tk._("“{label}” is in use. Agents may deposit it from now on.").format(
                **added
            )
        )
    return go_to("odlocale_models_animer.model", slug=added["slug"])


@models.get("/<slug>")
def model(slug: str) -> Page:
    """Show one model, and what becomes of the files of its former versions."""
    own_perimeters()
    found = tk.get_action("odlocale_schema_show")(context_of_user(), {"id": slug})
    asked = {"schema": found["slug"], "limit": JUDGED}
    plan = tk.get_action("odlocale_schema_plan")(context_of_user(), asked)
    by_verdict: dict[str, list[dict[str, Any]]] = {}
    for one in plan["files"]:
        by_verdict.setdefault(one["verdict"], []).append(one)
    asked = {"schema": found["slug"]}
    rules = tk.get_action("odlocale_schema_rule_list")(context_of_user(), asked)
    told = {"found": found, "plan": plan, "by_verdict": by_verdict, "rules": rules}
    return show("model", told)


@models.post("/<slug>/regle")
def rule(slug: str) -> Page:
    """Keep what one ATD asks about the model."""
    own_perimeters()
    asked = {
        "schema": slug,
        "atd_siren": request.form.get("atd", ""),
        "conforming": request.form.get("conforming") == "yes",
        "priority": request.form.get("priority") == "yes",
    }
    try:
        tk.get_action("odlocale_schema_rule_set")(context_of_user(), asked)
    except tk.ValidationError as error:
        for told in explain(error):
            tk.h.flash_error(told)
    else:
        tk.h.flash_success(tk._("Kept. Files already online do not change."))
    return go_to("odlocale_models_animer.model", slug=slug)


@models.post("/<slug>/suivre")
def migrate(slug: str) -> Page:
    """Bring the files that can be to the version in use."""
    own_perimeters()
    asked = {"schema": slug, "after": request.form.get("after", "")}
    try:
        done = tk.get_action("odlocale_schema_migrate")(context_of_user(), asked)
    except tk.ValidationError as error:
        for told in explain(error):
            tk.h.flash_error(told)
        return go_to("odlocale_models_animer.model", slug=slug)
    moved = done["fits"] + done["follows"]
    said = tk.ungettext(
        "{count} file follows the new version.",
        "{count} files follow the new version.",
        moved,
    )
    tk.h.flash_success(said.format(count=tk.h.odlocale_number(moved)))
    if done["after"]:
        tk.h.flash_notice(tk._("There are files left: press the button again."))
    return go_to("odlocale_models_animer.model", slug=slug)


def _read_form() -> dict[str, Any]:
    upload = request.files.get("file")
    text = request.form.get("description", "")
    if upload is not None and upload.filename:
        # One more byte than is accepted tells that there are too many.
        text = upload.stream.read(MAX_SCHEMA_BYTES + 1).decode("utf-8-sig", "replace")
    typed = {name: request.form.get(name, "").strip() for name in FIELDS}
    return {**typed, "description": text}


def _show_home(
    typed: dict[str, Any] | None = None, refusals: list[str] | None = None
) -> Page:
    own_perimeters()
    listed = tk.get_action("odlocale_schema_list")(context_of_user(), {})
    online = count_online()
    rows = [
        {
            **one,
            "online": sum(online.get(one["slug"], {}).values()),
            "behind": sum(
                count
                for version, count in online.get(one["slug"], {}).items()
                if version != one["version"]
            ),
        }
        for one in listed
    ]
    extra = {"models": rows, "typed": typed or {}, "refusals": refusals or []}
    return show("models", extra)
