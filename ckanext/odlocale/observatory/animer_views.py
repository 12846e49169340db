"""The animator's page: the goal of the territory, and who needs somebody."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model
from flask import Blueprint, request

from ckanext.odlocale.observatory.model import Goal
from ckanext.odlocale.territory.animer_guards import (
    Page,
    context_of_user,
    explain,
    go_to,
    guard,
    own_perimeters,
    show,
)

animer = Blueprint(
    "odlocale_observatory_animer", __name__, url_prefix="/animer/observatoire"
)

#: Of each list; the rest is in the CSV.
SHOWN = 20

guard(animer)


@animer.get("")
def home() -> Page:
    """Show the goal, and who needs somebody."""
    return _show(request.args.get("perimetre", ""))


@animer.post("/objectif")
def set_goal() -> Page:
    """Set the goal of a territory."""
    siren = request.form.get("perimetre", "")
    typed = {name: request.form.get(name, "").strip() for name in ("nombre", "avant")}
    wanted = {
        "perimeter": siren,
        "count": typed["nombre"] or "0",
        "by_day": typed["avant"],
    }
    try:
        done = tk.get_action("odlocale_goal_set")(context_of_user(), wanted)
    except tk.ValidationError as error:
        names = {"count": "nombre", "by_day": "avant"}
        errors = {
            names.get(field, field): str(texts[0])
            for field, texts in error.error_dict.items()
        }
        said = [] if errors.keys() & names.keys() else explain(error)
        return _show(siren, typed=typed, errors=errors, refusals=said)
    tk.h.flash_success(
        tk._("Your goal is kept.") if done["count"] else tk._("You have no goal now.")
    )
    return go_to("odlocale_observatory_animer.home", perimetre=siren)


def _show(siren: str, **extra: Any) -> Page:
    own = own_perimeters()
    if not own:
        return show("empty", {})
    chosen = next((one for one in own if one.atd_siren == siren), own[0])
    goal = model.Session.get(Goal, chosen.atd_siren)
    followed = tk.get_action("odlocale_observatory_follow")(
        context_of_user(), {"perimeter": chosen.atd_siren}
    )
    kept = {
        "nombre": str(goal.count) if goal else "",
        "avant": goal.by_day.strftime("%d/%m/%Y") if goal else "",
    }
    blank: dict[str, Any] = {"typed": kept, "errors": {}, "refusals": []}
    shown = {
        **blank,
        "perimeters": own,
        "chosen": chosen,
        "goal": goal,
        "followed": followed,
        "shown": SHOWN,
    }
    return show("observatory", {**shown, **extra})
