"""Files that are online under a former version of their model, and their moving.

One transaction a file: whoever stops it leaves each file under one version or the
other, and starting again goes on with those that are left.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from ckan import model
from ckan.types import Context

from ckanext.odlocale.base import journal, storage
from ckanext.odlocale.publishing.answers import Answers
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.publishing.ownership import lock_for_release
from ckanext.odlocale.publishing.release import whole_or_nothing
from ckanext.odlocale.publishing.republishing import republish
from ckanext.odlocale.publishing.schema_impact import Impact, judge
from ckanext.odlocale.scdl.catalogue import load_catalogue, load_versions
from ckanext.odlocale.scdl.table_schema import TableSchema
from ckanext.odlocale.scdl.versions import find_rules
from ckanext.odlocale.territory.tables import Collectivity, PerimeterMember

#: What is written of a file's origin.
CHANNEL = "migration"


@dataclass(frozen=True)
class Online:
    """A file that is online under a former version.

    :ivar code: of its collectivité: INSEE code or SIREN
    :ivar version: of the model it was published under
    """

    id: str
    code: str
    name: str
    key: str
    version: str


def list_behind(
    slug: str,
    version: str,
    perimeters: Collection[str] | None,
    after: str = "",
    limit: int | None = None,
) -> list[Online]:
    """Return files online under another version than the one in use.

    :param perimeters: SIREN of the ATDs that must cover their collectivités; all of
        the portal's where it is none
    :param after: identifier that those returned come after
    """
    query = (
        sa.select(
            Deposit.id,
            sa.func.coalesce(Collectivity.insee, Collectivity.siren),
            Collectivity.name,
            Deposit.key,
            Deposit.schema_version,
        )
        .join(Collectivity, Collectivity.siren == Deposit.siren)
        .where(
            Deposit.schema == slug,
            Deposit.state == "published",
            Deposit.schema_version.is_distinct_from(version),
            Deposit.id > after,
        )
        .order_by(Deposit.id)
        .limit(limit)
    )
    if perimeters is not None:
        covered = sa.select(PerimeterMember.siren).where(
            PerimeterMember.atd_siren.in_(perimeters)
        )
        query = query.where(Deposit.siren.in_(covered))
    rows = model.Session.execute(query).all()
    return [Online(one[0], one[1], one[2], str(one[3]), str(one[4])) for one in rows]


def count_online() -> dict[str, dict[str, int]]:
    """Return how many files are online, by slug of their model, then by version."""
    query = (
        sa.select(Deposit.schema, Deposit.schema_version, sa.func.count())
        .where(Deposit.state == "published")
        .group_by(Deposit.schema, Deposit.schema_version)
    )
    found: dict[str, dict[str, int]] = {}
    for slug, version, count in model.Session.execute(query):
        found.setdefault(str(slug), {})[str(version)] = int(count)
    return found


class Mover:
    """Judges and moves the files of one model to the version in use."""

    def __init__(self, slug: str) -> None:
        self.schema = load_catalogue().get(slug)
        self.versions = load_versions(slug)

    def judge(self, content: bytes, version: str) -> Impact:
        """Judge a file published under a version, the nearest kept if it is lost."""
        old = self._version(version)
        rules = find_rules(self.versions, old.version, self.schema.version)
        return judge(content, old, self.schema, rules)

    def _version(self, version: str) -> TableSchema:
        kept = {one.version: one for one in self.versions}
        return kept.get(version, self.versions[-1])

    def examine(self, files: Collection[Online]) -> Iterator[tuple[Online, Impact]]:
        """Yield files and what becomes of each, one in memory at a time."""
        for one in files:
            deposit = Deposit.load(one.id)
            if deposit is not None and deposit.canonical_sha256:
                content = _published(deposit).read_bytes()
                yield one, self.judge(content, one.version)

    def move(self, context: Context, deposit_id: str) -> str:
        """Bring one file to the version in use, and commit.

        :returns: its verdict; ``gone`` where it is no longer online, or is up to date
        """
        found = Deposit.load(deposit_id)
        deposit = lock_for_release(found) if found is not None else None
        if deposit is None or not self._is_behind(deposit):
            model.Session.rollback()
            return "gone"
        version = str(deposit.schema_version)
        impact = self.judge(_published(deposit).read_bytes(), version)
        if impact.verdict == "breaks":
            model.Session.rollback()
            return impact.verdict
        with whole_or_nothing():
            if impact.verdict == "fits":
                deposit.schema_version = self.schema.version
            else:
                self._publish(context, deposit, impact.content)
            self._record(context, deposit, version, impact.verdict)
            model.Session.commit()
        return impact.verdict

    def _is_behind(self, deposit: Deposit) -> bool:
        return bool(
            deposit.state == "published"
            and deposit.schema == self.schema.slug
            and deposit.schema_version != self.schema.version
            and deposit.canonical_sha256
        )

    def _publish(self, context: Context, former: Deposit, content: bytes) -> None:
        """Put the migrated file online at the same address; the former is kept."""
        wishes = Answers.from_dict(former.answers).wishes
        republish(context, former, content, self.schema, CHANNEL, wishes)

    def _record(
        self, context: Context, deposit: Deposit, version: str, verdict: str
    ) -> None:
        user = model.User.get(context["user"])
        journal.record(
            "migrated",
            user_id=user.id if user else None,
            org_id=deposit.org_id,
            object_type="deposit",
            object_id=deposit.id,
            detail={
                "schema": deposit.schema,
                "key": deposit.key,
                "from": version,
                "to": self.schema.version,
                "verdict": verdict,
            },
        )


def _published(deposit: Deposit) -> Path:
    return storage.open_path(str(deposit.canonical_sha256))
