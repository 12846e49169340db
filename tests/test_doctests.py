"""The examples of the documentation and of the docstrings give what they show."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

from tests.test_architecture import PACKAGE, ROOT, is_shell, modules, name_of

SHOWN = [
    path
    for path in modules()
    if ">>> " in path.read_text("utf-8") and not is_shell(name_of(path))
]
PAGES = [page for page in ROOT.glob("docs/dev/*.md") if ">>> " in page.read_text()]


@pytest.mark.parametrize("path", SHOWN, ids=name_of)
def test_the_examples_of_a_module_are_right(path: Path) -> None:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    module = import_module(".".join(("ckanext", "odlocale", *parts)))
    result = doctest.testmod(module)
    assert result.attempted
    assert result.failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_examples_of_a_page_are_right(
    page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    result = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert result.attempted
    assert result.failed == 0


def test_an_example_that_is_wrong_would_be_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python\n>>> 1 + 1\n3\n\n```\n", "utf-8")
    assert doctest.testfile(str(page), module_relative=False, report=False).failed == 1
