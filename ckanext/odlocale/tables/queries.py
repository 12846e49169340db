"""Questions in SQL on the tables: names of resources become names of tables."""

from __future__ import annotations

from collections.abc import Callable

import pglast
from pglast import ast, stream, visitors


def rename_tables(statement: str, named: Callable[[str], str | None]) -> str:
    """Write a statement anew, with the tables that some names stand for.

    The statement is parsed, so that a name inside a text or a comment stays.

    :param named: the table that a name stands for; nothing where it stands for itself
    :returns: the statement as it was, where no name is another's or it is no SQL: what
        runs it then says what is wrong
    """
    try:
        parsed = pglast.parse_sql(statement)
    except pglast.parser.ParseError:
        return statement
    renaming = _Renaming(named)
    renaming(parsed)
    if not renaming.changed:
        return statement
    return "; ".join(stream.RawStream()(one) for one in parsed)


class _Renaming(visitors.Visitor):
    def __init__(self, named: Callable[[str], str | None]) -> None:
        self.named = named
        self.changed = False

    def visit_RangeVar(  # noqa: N802 - pglast's name
        self, ancestors: object, node: ast.RangeVar
    ) -> None:
        asked = node.relname if node.schemaname is None else None
        table = self.named(asked) if asked else None
        if table is not None:
            node.relname = table
            self.changed = True
