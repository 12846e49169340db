"""Which column of a town hall's own files is which: asked once, then remembered."""

from __future__ import annotations

from collections.abc import Mapping

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.odlocale.scdl.words import fold_name

#: Titles kept of one collectivité: its files have a few dozen.
MAX_KEPT = 500
MAX_TITLE = 200


class ColumnAnswer(tk.BaseModel):  # type: ignore[misc]
    """A title of a collectivité's files, and the column of a model that it is.

    :ivar header: folded, as headers are compared
    """

    __tablename__ = "odlocale_column_answer"

    siren: Mapped[str] = mapped_column(
        sa.ForeignKey(
            "odlocale_collectivity.siren", onupdate="CASCADE", ondelete="CASCADE"
        ),
        primary_key=True,
    )
    schema: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    header: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    field: Mapped[str] = mapped_column(sa.Text)

    @classmethod
    def keep(cls, siren: str, schema: str, answers: Mapping[str, str]) -> None:
        """Remember answers, without committing; the last one counts.

        :param answers: folded title to the model's column
        """
        kept = cls.of(siren).get(schema, {})
        known = sa.select(sa.func.count()).where(cls.siren == siren)
        room = MAX_KEPT - int(model.Session.scalar(known) or 0)
        for header, field in answers.items():
            new = header not in kept
            if not header or len(header) > MAX_TITLE or (new and room <= 0):
                continue
            room -= new
            # Another title said to be this column was a slip, or is of the past.
            model.Session.execute(
                sa.delete(cls).where(
                    cls.siren == siren,
                    cls.schema == schema,
                    cls.field == field,
                    cls.header != header,
                )
            )
            values = {"siren": siren, "schema": schema, "header": header}
            model.Session.execute(
                insert(cls)
                .values(field=field, **values)
                .on_conflict_do_update(
                    index_elements=list(values), set_={"field": field}
                )
            )

    @classmethod
    def forget(cls, siren: str, sought: str) -> None:
        """Forget the titles that hold a text, without committing: for a purge."""
        for schema, answers in cls.of(siren).items():
            going = [one for one in answers if fold_name(sought) in one]
            model.Session.execute(
                sa.delete(cls).where(
                    cls.siren == siren, cls.schema == schema, cls.header.in_(going)
                )
            )

    @classmethod
    def of(cls, siren: str) -> dict[str, dict[str, str]]:
        """Return what was answered: by model, folded title to its column."""
        query = sa.select(cls.schema, cls.header, cls.field).where(cls.siren == siren)
        found: dict[str, dict[str, str]] = {}
        for schema, header, field in model.Session.execute(query):
            found.setdefault(schema, {})[header] = field
        return found
