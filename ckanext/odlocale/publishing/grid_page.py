"""The draft that an address of the grid is about, for each of its pages."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from flask import Response, abort, request

from ckanext.odlocale.publishing.grid_core import DEFAULT_KEY
from ckanext.odlocale.publishing.grid_table import Column, list_columns
from ckanext.odlocale.publishing.guards import (
    context_of_user,
    describe_owner,
    go_to,
    owner_of,
)
from ckanext.odlocale.scdl.catalogue import load_catalogue

#: The part of an address that says which of several tables of one model.
KEY = "tableau"


class Table:
    """The draft that an address is about, and what each of its pages shows."""

    def __init__(self, code: str, slug: str) -> None:
        self.owner = owner_of(code)
        if slug not in load_catalogue():
            abort(404)
        self.schema = load_catalogue().get(slug)
        self.code, self.slug = self.owner.code, self.schema.slug
        self.key = request.args.get(KEY, DEFAULT_KEY)
        self.columns: tuple[Column, ...] = list_columns(self.schema)

    @property
    def place(self) -> dict[str, Any]:
        """What every action is told."""
        return {"org_id": self.owner.org_id, "schema": self.slug, "key": self.key}

    def call(self, name: str, /, **data: Any) -> dict[str, Any]:
        """Call an action of the grid on this draft."""
        action = tk.get_action(f"odlocale_grid_{name}")
        return dict(action(context_of_user(), {**self.place, **data}))

    def draft(self) -> dict[str, Any]:
        """Return the draft. A key that is no key is no page."""
        try:
            return self.call("show")
        except tk.ValidationError:
            abort(404)

    def address(self, endpoint: str, **values: Any) -> str:
        """Return the address of one of its pages."""
        asked = {} if self.key == DEFAULT_KEY else {KEY: self.key}
        where = {"code": self.code, "schema": self.slug, **asked, **values}
        return str(tk.h.url_for(f"odlocale_grid.{endpoint}", **where))

    def go(self, endpoint: str, **values: Any) -> Response:
        """Redirect to one of its pages."""
        return go_to(self.address(endpoint, **values))

    def describe(self, draft: dict[str, Any]) -> dict[str, Any]:
        """Return what every page of it shows."""
        titles = {one.name: one.title for one in self.columns}
        constants = [
            (titles[name], text)
            for name, text in draft["constants"].items()
            if name in titles
        ]
        return {
            **describe_owner(self.owner),
            "schema": self.schema,
            "table": self,
            "draft": draft,
            "titles": titles,
            "constants": constants,
        }
