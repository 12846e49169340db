"""Why a document was withdrawn, as its address says it."""

from __future__ import annotations

import datetime

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column


class DocumentNotice(tk.BaseModel):  # type: ignore[misc]
    """A dataset outside any model was withdrawn. The line goes with the dataset.

    :ivar reason: value of a :class:`~.withdrawal.Reason`
    :ivar note: what the agent adds, for the team only
    """

    __tablename__ = "odlocale_document_notice"

    package_id: Mapped[str] = mapped_column(
        sa.ForeignKey("package.id", ondelete="CASCADE"), primary_key=True
    )
    reason: Mapped[str] = mapped_column(sa.Text)
    note: Mapped[str] = mapped_column(sa.Text, server_default="")
    at: Mapped[datetime.datetime] = mapped_column(
        sa.DateTime(timezone=True), server_default=sa.func.now()
    )

    @classmethod
    def of(cls, package_id: str) -> DocumentNotice | None:
        """Return the notice of a dataset, if it was withdrawn at the desk."""
        found: DocumentNotice | None = model.Session.get(cls, package_id)
        return found

    @classmethod
    def write(cls, package_id: str, reason: str, note: str) -> None:
        """Say why a dataset is withdrawn, without committing."""
        said = {"reason": reason, "note": note, "at": sa.func.now()}
        written = insert(cls).values(package_id=package_id, **said)
        model.Session.execute(
            written.on_conflict_do_update(index_elements=["package_id"], set_=said)
        )

    @classmethod
    def forget(cls, package_id: str) -> None:
        """Take away the notice of a dataset that is online again; do not commit."""
        model.Session.execute(
            sa.delete(cls)
            .where(cls.package_id == package_id)
            .execution_options(synchronize_session=False)
        )
