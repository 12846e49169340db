"""What is due to data.gouv.fr, what was sent there, and who goes by sending.

``odlocale_outbox`` is written in the dataset's own transaction, and emptied by the
worker. ``odlocale_pushed`` remembers what was sent, as long as it is there.
"""

from __future__ import annotations

import datetime
from typing import Any, Final

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.odlocale.territory.tables import Collectivity, Target
from ckanext.odlocale.territory.targets import ALL_SCHEMAS, NATIONAL_HOMES

_MOMENT = sa.DateTime(timezone=True)
#: The one topic there is: the key is a dataset.
DATASET: Final = "dataset"


class Outbox(tk.BaseModel):  # type: ignore[misc]
    """One message due to data.gouv.fr: how a dataset must be there.

    :ivar payload: ``status``, ``values`` and ``at`` of :class:`pushing.Message`
    :ivar version: grows with each new payload: a worker that sent the former one does
        not take the new one away
    :ivar next_try: none where somebody must change something first
    :ivar last_error: an :data:`outbox.Why`; what was said goes with it
    :ivar lease: whose turn it is, until ``leased_until``
    :ivar created_at: since when data.gouv.fr is late
    """

    __tablename__ = "odlocale_outbox"

    topic: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    key: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    version: Mapped[int] = mapped_column(sa.BigInteger, server_default="1")
    attempts: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    next_try: Mapped[datetime.datetime | None] = mapped_column(
        _MOMENT, server_default=sa.func.now()
    )
    last_error: Mapped[str | None] = mapped_column(sa.Text)
    last_said: Mapped[str] = mapped_column(sa.Text, server_default="")
    lease: Mapped[str | None] = mapped_column(sa.Text)
    leased_until: Mapped[datetime.datetime | None] = mapped_column(_MOMENT)
    created_at: Mapped[datetime.datetime] = mapped_column(
        _MOMENT, server_default=sa.func.now()
    )


class Pushed(tk.BaseModel):  # type: ignore[misc]
    """A dataset that goes to data.gouv.fr by sending.

    :ivar siren: whose
    :ivar remote_id: its identifier there, once it is there
    :ivar status: how it must be there, a :data:`push.Status`
    :ivar told_modified: of which change of the dataset the last message tells
    :ivar told_stamp: of what profile, portal and publisher
    :ivar harvested: a harvest had left it there before we sent it
    :ivar purged: its contents were erased for good: it is deleted there, not archived
    :ivar before: what it held there after our last write
    :ivar sending: what was being written when the worker stopped
    :ivar kept: paths that a person left to data.gouv.fr
    :ivar held: what a hand changed there: by path, what it was and what it is
    """

    __tablename__ = "odlocale_pushed"

    package_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    siren: Mapped[str] = mapped_column(sa.Text, index=True)
    remote_id: Mapped[str | None] = mapped_column(sa.Text)
    page: Mapped[str] = mapped_column(sa.Text, server_default="")
    title: Mapped[str] = mapped_column(sa.Text, server_default="")
    status: Mapped[str] = mapped_column(sa.Text)
    told_modified: Mapped[datetime.datetime | None] = mapped_column(_MOMENT)
    told_stamp: Mapped[str] = mapped_column(sa.Text, server_default="")
    harvested: Mapped[bool] = mapped_column(sa.Boolean, server_default=sa.false())
    purged: Mapped[bool] = mapped_column(sa.Boolean, server_default=sa.false())
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    sending: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    kept: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")
    held: Mapped[dict[str, list[Any]]] = mapped_column(JSONB, server_default="{}")
    pushed_at: Mapped[datetime.datetime | None] = mapped_column(_MOMENT)
    checked_at: Mapped[datetime.datetime | None] = mapped_column(_MOMENT)

    @classmethod
    def of(cls, package_id: str) -> Pushed | None:
        """Return what is known of a dataset, as it is now."""
        found: Pushed | None = model.Session.get(
            cls, package_id, populate_existing=True
        )
        return found


class PushChoice(tk.BaseModel):  # type: ignore[misc]
    """A collectivité whose data the ATD has sent, instead of waiting for a harvest."""

    __tablename__ = "odlocale_push_choice"

    siren: Mapped[str] = mapped_column(
        sa.ForeignKey(
            "odlocale_collectivity.siren", onupdate="CASCADE", ondelete="CASCADE"
        ),
        primary_key=True,
    )
    since: Mapped[datetime.datetime] = mapped_column(
        _MOMENT, server_default=sa.func.now()
    )


def _own_schema() -> Any:
    return sa.func.coalesce(model.Package.extras["scdl_schema"].astext, "")


def is_sent_from_here() -> sa.ColumnElement[bool]:
    """Tell, of datasets whose place is this portal, which are sent, not harvested.

    See :func:`is_sent`. Two lists that PostgreSQL makes once, however many datasets the
    query is about.
    """
    choosers = (
        sa.select(Collectivity.org_id)
        .join(PushChoice, PushChoice.siren == Collectivity.siren)
        .where(Collectivity.org_id.is_not(None))
        .correlate(None)
    )
    created = (
        sa.select(Pushed.package_id)
        .where(
            Pushed.harvested.is_(False),
            Pushed.remote_id.is_not(None) | Pushed.sending.is_not(None),
        )
        .correlate(None)
    )
    package = model.Package
    return sa.or_(package.owner_org.in_(choosers), package.id.in_(created))


def is_sent() -> sa.ColumnElement[bool]:
    """Tell, in a query on datasets, which go to data.gouv.fr by sending.

    Those whose owner publishes this data on data.gouv.fr, and those of a collectivité
    for which the ATD chose to send. What was created by sending goes on so whatever is
    chosen later: a harvest would not recognise it, and make it twice. What the law
    sends elsewhere is never sent from here.
    """
    own = Target.__table__.alias("push_own")
    general = Target.__table__.alias("push_general")
    place = Collectivity.__table__.alias("push_owner")
    target = sa.func.coalesce(
        own.c.target,
        sa.case((_own_schema().in_(list(NATIONAL_HOMES)), "elsewhere")),
        general.c.target,
        "portal",
    )
    source = place.outerjoin(
        own, (own.c.siren == place.c.siren) & (own.c.schema == _own_schema())
    ).outerjoin(
        general,
        (general.c.siren == place.c.siren) & (general.c.schema == ALL_SCHEMAS),
    )
    query = (
        sa.select(sa.literal(1))
        .select_from(source)
        .where(
            place.c.org_id == model.Package.owner_org,
            (target == "datagouv") | ((target == "portal") & is_sent_from_here()),
        )
        .correlate(model.Package)
    )
    return query.exists()


def put_message(package_id: str, payload: dict[str, Any], now: Any) -> None:
    """Put a message in the outbox, in the caller's transaction.

    It replaces one that waits, and is tried at once. A worker that is sending the
    former one keeps its lease, and leaves this one for the next.
    """
    said = {"payload": payload, "attempts": 0, "next_try": now}
    statement = insert(Outbox).values(
        topic=DATASET, key=package_id, created_at=now, **said
    )
    model.Session.execute(
        statement.on_conflict_do_update(
            index_elements=["topic", "key"],
            set_={**said, "version": Outbox.version + 1, "last_error": None},
        )
    )


def drop_message(package_id: str) -> None:
    """Take a message away, in the caller's transaction."""
    model.Session.execute(
        sa.delete(Outbox).where(Outbox.topic == DATASET, Outbox.key == package_id)
    )
