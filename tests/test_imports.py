"""What tests take from each other exists: the suites that need servers come late."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent


@functools.cache
def names_of(module: Path) -> set[str]:
    """What a module defines at its top, by any statement."""
    named: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            named.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            named.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            named |= {alias.asname or alias.name for alias in node.names}
    return named


def taken() -> Iterator[tuple[str, str, str]]:
    for module in sorted(HERE.rglob("*.py")):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                "tests."
            ):
                for alias in node.names:
                    yield str(module.relative_to(HERE)), node.module or "", alias.name


def test_what_a_test_imports_from_another_is_there() -> None:
    missing = []
    for module, source, name in taken():
        path = HERE.parent / source.replace(".", "/")
        if path.is_dir():
            found = (path / f"{name}.py").is_file() or (
                (path / "__init__.py").is_file()
                and name in names_of(path / "__init__.py")
            )
        else:
            found = name in names_of(path.with_suffix(".py"))
        if not found:
            missing.append(f"{module}: {name} from {source}")
    assert not missing
