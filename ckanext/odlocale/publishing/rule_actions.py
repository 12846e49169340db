"""Actions on what an ATD asks about one model."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.types import Context, DataDict

from ckanext.odlocale.base import journal
from ckanext.odlocale.publishing.document_validators import (
    rule_list_schema,
    rule_schema,
)
from ckanext.odlocale.publishing.drafts import user_id, validate
from ckanext.odlocale.publishing.rule_model import SchemaRule
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.territory.animators import animated_by
from ckanext.odlocale.territory.tables import AtdPerimeter

__all__ = ["odlocale_schema_rule_list", "odlocale_schema_rule_set"]


@tk.side_effect_free
def odlocale_schema_rule_list(
    context: Context, data_dict: DataDict
) -> list[dict[str, Any]]:
    """Return what one's ATDs ask about one model.

    :param schema: slug of the model
    :returns: for each perimeter that one animates, by name: ``atd_siren``, ``name``,
        ``conforming`` (no error of the national model is published) and ``priority``
        (the home of the desk proposes these data)
    :raises NotFound: no such model
    """
    data = validate(data_dict, rule_list_schema())
    tk.check_access("odlocale_schema_rule_list", context, data)
    _check_model(data["schema"])
    own = animated_by(context["user"])
    known = SchemaRule.of([one.atd_siren for one in own], data["schema"])
    return [_describe(one, known.get(one.atd_siren)) for one in own]


def odlocale_schema_rule_set(context: Context, data_dict: DataDict) -> dict[str, Any]:
    """Say what an ATD asks about one model, of the collectivités that it covers.

    What is online stays. A draft is judged by the rule of the day it is published.

    :param schema: slug of the model
    :param atd_siren: of the ATD
    :param conforming: whether a file with an error of the national model is refused;
        else it may be published, its quality shown (optional: it may)
    :param priority: whether the home of the desk proposes these data (optional: no)
    :returns: as one of :func:`odlocale_schema_rule_list`
    :raises NotFound: no such model or ATD
    """
    data = validate(data_dict, rule_schema())
    tk.check_access("odlocale_schema_rule_set", context, data)
    _check_model(data["schema"])
    perimeter = model.Session.get(AtdPerimeter, data["atd_siren"])
    if perimeter is None:
        raise tk.ObjectNotFound(tk._("This page was not found."))
    asked = {name: bool(data.get(name)) for name in ("conforming", "priority")}
    SchemaRule.write(perimeter.atd_siren, data["schema"], **asked)
    journal.record(
        "ruled",
        user_id=user_id(context),
        org_id=None,
        object_type="schema",
        object_id=data["schema"],
        detail={"atd": perimeter.atd_siren, **asked},
    )
    model.Session.commit()
    rules = SchemaRule.of([perimeter.atd_siren], data["schema"])
    return _describe(perimeter, rules[perimeter.atd_siren])


def _check_model(slug: str) -> None:
    if slug not in load_catalogue():
        raise tk.ObjectNotFound(tk._("This model was not found."))


def _describe(perimeter: AtdPerimeter, rule: SchemaRule | None) -> dict[str, Any]:
    return {
        "atd_siren": perimeter.atd_siren,
        "name": perimeter.name,
        "conforming": bool(rule and rule.conforming),
        "priority": bool(rule and rule.priority),
    }
