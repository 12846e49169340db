"""Stylesheets and scripts: their addresses are not looked for at each page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ckan.lib import webassets_tools
from webassets.updater import TimestampUpdater

from ckanext.odlocale.base import assets


def test_a_page_looks_at_no_file_that_the_page_before_looked_at(
    app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = app.get("/").body
    looked: list[Any] = []
    monkeypatch.setattr(
        TimestampUpdater, "needs_rebuild", lambda *which: looked.append(which)
    )
    again = app.get("/").body
    links = re.compile(r'(?:href|src)="(/webassets/[^"]+)"')
    assert links.findall(again) == links.findall(first) != []
    assert looked == []


def test_a_file_that_was_removed_is_made_again(app: Any) -> None:
    seconds = iter([0.0, assets.KEPT_SECONDS, assets.KEPT_SECONDS + 1.0])
    bundle = webassets_tools.env["odlocale/odlocale-css"]
    find = assets.remembered(lambda: type(bundle).urls(bundle), lambda: next(seconds))
    path = Path(webassets_tools.get_webassets_path())
    (address,) = find()
    file = path / address.partition("?")[0].removeprefix("/webassets/")
    assert file.is_file()
    file.unlink()
    # Within that time it is not seen; after it, it is.
    assert find() == [address]
    assert not file.exists()
    find()
    assert file.is_file()
