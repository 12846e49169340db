"""Deposits: one row is one file sent in for a collectivité.

The row whose state is ``published`` *is* the pointer of a permanent address. A
partial unique index allows one per address, so the switch from a release to the
next is one transaction and a reader sees the old one or the new one.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.odlocale.base.content_store import StoredFile
from ckanext.odlocale.people.roles import PUBLISHING
from ckanext.odlocale.publishing.fiche import Period, period_of
from ckanext.odlocale.publishing.states import DRAFT_STATES, free_key
from ckanext.odlocale.territory.tables import Collectivity

#: Namespace of our transaction locks among PostgreSQL's advisory locks.
LOCK_NAMESPACE = 0x0D1

#: Beyond this many, a user picks a collectivité by its name.
MAX_SEATS = 20


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)


@dataclass(frozen=True)
class Seat:
    """One organisation that a user publishes for, as a direct member.

    :ivar cascades: whether the role there also gives rights on other collectivités
    """

    org_id: str
    code: str
    name: str
    cascades: bool

    def to_dict(self) -> dict[str, str]:
        """Return what a list shows of it."""
        return {"org_id": self.org_id, "code": self.code, "name": self.name}


def seats_of(user_id: str, mandated: Sequence[str] = ()) -> list[Seat]:
    """Return the organisations that a user publishes for, by name or by a mandate.

    :param mandated: organisations that a mandate gives

    One query, whatever the territory: roles that cascade are not followed, and one
    more than :data:`MAX_SEATS` is enough to know that there are too many to list.
    """
    member = model.Member
    by_name = (
        (member.group_id == Collectivity.org_id)
        & (member.table_name == "user")
        & (member.table_id == user_id)
        & (member.state == "active")
        & member.capacity.in_(PUBLISHING)
    )
    query = (
        sa.select(Collectivity, member.capacity)
        .outerjoin(member, by_name)
        .where(
            member.id.is_not(None) | Collectivity.org_id.in_(mandated),
            Collectivity.status == "active",
        )
        .order_by(Collectivity.name, Collectivity.siren)
        .limit(MAX_SEATS + 1)
    )
    roles = tk.aslist(tk.config["ckan.auth.roles_that_cascade_to_sub_groups"])
    return [
        Seat(
            org_id=str(one.org_id),
            code=one.code,
            name=one.name,
            cascades=capacity in roles and one.kind != "commune",
        )
        for one, capacity in model.Session.execute(query)
    ]


class Deposit(tk.BaseModel):  # type: ignore[misc]
    """One file sent in: the original, what was decided on it, what became of it.

    :ivar software: name of the one that sent it, where no person did
    """

    __tablename__ = "odlocale_deposit"
    __table_args__ = (
        sa.Index(
            "odlocale_deposit_published_key",
            "siren",
            "schema",
            "key",
            unique=True,
            postgresql_where=sa.text("state = 'published'"),
        ),
    )

    id: Mapped[str] = mapped_column(
        sa.Text, primary_key=True, default=lambda: str(uuid.uuid4())
    )
    org_id: Mapped[str] = mapped_column(sa.Text, index=True)
    siren: Mapped[str] = mapped_column(sa.Text)
    schema: Mapped[str | None] = mapped_column(sa.Text)
    schema_version: Mapped[str | None] = mapped_column(sa.Text)
    key: Mapped[str | None] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text)
    channel: Mapped[str] = mapped_column(
        sa.Text, default="deposit", server_default="deposit"
    )
    software: Mapped[str | None] = mapped_column(sa.Text)
    filename: Mapped[str | None] = mapped_column(sa.Text)
    original_sha256: Mapped[str | None] = mapped_column(sa.Text)
    original_size: Mapped[int | None] = mapped_column(sa.BigInteger)
    canonical_sha256: Mapped[str | None] = mapped_column(sa.Text)
    canonical_size: Mapped[int | None] = mapped_column(sa.BigInteger)
    parquet_sha256: Mapped[str | None] = mapped_column(sa.Text)
    parquet_size: Mapped[int | None] = mapped_column(sa.BigInteger)
    rows: Mapped[int | None] = mapped_column(sa.Integer)
    report: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    corrections: Mapped[list[list[Any]] | None] = mapped_column(
        JSONB(none_as_null=True)
    )
    answers: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    package_id: Mapped[str | None] = mapped_column(sa.Text)
    resource_id: Mapped[str | None] = mapped_column(sa.Text)
    created_by: Mapped[str | None] = mapped_column(sa.Text)
    version: Mapped[int] = mapped_column(sa.Integer, default=1, server_default="1")
    created_at: Mapped[datetime.datetime] = mapped_column(
        sa.DateTime(timezone=True), default=_now
    )
    updated_at: Mapped[datetime.datetime] = mapped_column(
        sa.DateTime(timezone=True), default=_now
    )
    published_at: Mapped[datetime.datetime | None] = mapped_column(
        sa.DateTime(timezone=True)
    )
    withdrawn_at: Mapped[datetime.datetime | None] = mapped_column(
        sa.DateTime(timezone=True)
    )
    withdrawal: Mapped[str | None] = mapped_column(sa.Text)
    withdrawal_note: Mapped[str | None] = mapped_column(sa.Text)

    @classmethod
    def load(cls, deposit_id: str, *, for_update: bool = False) -> Deposit | None:
        """Return a deposit, or ``None``.

        :param for_update: lock its row until the transaction ends, and read what
            the others committed meanwhile.
        """
        query = sa.select(cls).where(cls.id == deposit_id)
        if for_update:
            query = query.with_for_update().execution_options(populate_existing=True)
        found: Deposit | None = model.Session.scalars(query).one_or_none()
        return found

    @classmethod
    def published(cls, siren: str, schema: str, key: str) -> Deposit | None:
        """Return the deposit that a permanent address shows, or ``None``."""
        query = sa.select(cls).where(
            cls.siren == siren,
            cls.schema == schema,
            cls.key == key,
            cls.state == "published",
        )
        found: Deposit | None = model.Session.scalars(query).one_or_none()
        return found

    @classmethod
    def shown(cls, siren: str, schema: str, key: str) -> Deposit | None:
        """Return what an address shows to everybody, or ``None``.

        A dataset that an administrator deleted or made private shows nothing.
        """
        query = (
            sa.select(cls)
            .join(model.Package, model.Package.id == cls.package_id)
            .where(
                cls.siren == siren,
                cls.schema == schema,
                cls.key == key,
                cls.state == "published",
                model.Package.state == "active",
                model.Package.private.is_(False),
            )
            .options(sa.orm.defer(cls.report))
        )
        found: Deposit | None = model.Session.scalars(query).one_or_none()
        return found

    @classmethod
    def published_keys(cls, siren: str, schema: str) -> frozenset[str]:
        """Return the keys that one collectivité publishes in one schema."""
        query = sa.select(cls.key).where(
            cls.siren == siren, cls.schema == schema, cls.state == "published"
        )
        return frozenset(model.Session.scalars(query))

    @classmethod
    def of_organizations(
        cls, org_ids: Sequence[str], schema: str | None = None
    ) -> Sequence[Deposit]:
        """Return what some organisations have in draft or online, latest first.

        The reports, which may be long, are not read.

        :param schema: slug; only its deposits, replaced and withdrawn included.
        """
        states = [*DRAFT_STATES, "published"]
        query = (
            sa.select(cls)
            .options(sa.orm.defer(cls.report))
            .where(cls.org_id.in_(org_ids))
            .order_by(cls.updated_at.desc())
        )
        if schema is None:
            query = query.where(cls.state.in_(states))
        else:
            query = query.where(cls.schema == schema)
        found: Sequence[Deposit] = model.Session.scalars(query).all()
        return found

    @staticmethod
    def lock_dataset(siren: str, schema: str) -> None:
        """Make other publications in the same dataset wait for this transaction."""
        model.Session.execute(
            sa.select(
                sa.func.pg_advisory_xact_lock(
                    LOCK_NAMESPACE, sa.func.hashtext(f"{siren}/{schema}")
                )
            )
        )

    @classmethod
    def give(cls, former_org_id: str, heir_org_id: str) -> None:
        """Move all that one organisation sent in to another's desk.

        In whose name each is, and its address, stay.
        """
        model.Session.execute(
            sa.update(cls)
            .where(cls.org_id == former_org_id)
            .values(org_id=heir_org_id)
            .execution_options(synchronize_session=False)
        )

    @classmethod
    def give_back(cls, org_id: str, siren: str) -> None:
        """Move what is in a collectivité's name to its own desk again."""
        model.Session.execute(
            sa.update(cls)
            .where(cls.siren == siren, cls.org_id != org_id)
            .values(org_id=org_id)
            .execution_options(synchronize_session=False)
        )

    @classmethod
    def change_siren(cls, before: str, after: str) -> None:
        """Let the deposits of a collectivité follow its new SIREN."""
        model.Session.execute(
            sa.update(cls)
            .where(cls.siren == before)
            .values(siren=after)
            .execution_options(synchronize_session=False)
        )

    @classmethod
    def start(
        cls, org_id: str, siren: str, stored: StoredFile, user_id: str | None
    ) -> Deposit:
        """Return a new draft of a stored file, not yet in the session."""
        return cls(
            id=str(uuid.uuid4()),
            org_id=org_id,
            siren=siren,
            state="draft",
            original_sha256=stored.sha256,
            original_size=stored.size,
            created_by=user_id,
            corrections=[],
            version=0,
        )

    def summary(self) -> dict[str, Any]:
        """Return what a list shows of it, without its report."""
        dates = {"updated_at": self.updated_at, "published_at": self.published_at}
        return {
            "id": self.id,
            "org_id": self.org_id,
            "siren": self.siren,
            "schema": self.schema,
            "key": self.key,
            "state": self.state,
            "filename": self.filename,
            "rows": self.rows,
            "version": self.version,
            **{name: day.isoformat() if day else None for name, day in dates.items()},
        }

    def take_free_key(self) -> None:
        """Give a draft a key that nothing is published under.

        Its suffix is kept among the answers, so that another analysis finds it.
        """
        base = (self.report or {}).get("key")
        if base is None or self.schema is None:
            return
        self.key = free_key(base, self.published_keys(self.siren, self.schema))
        self.answers = {**(self.answers or {}), "key_suffix": self.key[len(base) :]}

    def touch(self) -> None:
        """Note a change: forms that were shown before it are out of date."""
        self.version += 1
        self.updated_at = _now()

    @classmethod
    def package_of(cls, siren: str, schema: str) -> str | None:
        """Return the dataset that one collectivité has for a schema, if any."""
        query = (
            sa.select(cls.package_id)
            .where(
                cls.siren == siren, cls.schema == schema, cls.package_id.is_not(None)
            )
            .order_by(cls.published_at.desc())
            .limit(1)
        )
        found: str | None = model.Session.scalar(query)
        return found

    @classmethod
    def published_in(cls, package_id: str) -> Sequence[Deposit]:
        """Return the deposits that one dataset shows."""
        query = sa.select(cls).where(
            cls.package_id == package_id, cls.state == "published"
        )
        found: Sequence[Deposit] = model.Session.scalars(query).all()
        return found

    @classmethod
    def periods(cls, siren: str, schema: str) -> dict[str, Period | None]:
        """Return, by key, the days that each published file covers, if known."""
        query = sa.select(cls.key, cls.answers, cls.report["coverage"]).where(
            cls.siren == siren, cls.schema == schema, cls.state == "published"
        )
        found = model.Session.execute(query)
        return {str(key): period_of(answers, days) for key, answers, days in found}
