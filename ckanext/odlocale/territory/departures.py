"""What becomes of the collectivités that the register has no more.

A commune that another took in is merged into it. One that nobody took in is closed,
as an EPCI that is dissolved; so is a syndicat that its ATD lists no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ckanext.odlocale.territory.hierarchy import Coverage, Hierarchy
from ckanext.odlocale.territory.known import Organisation, Portal
from ckanext.odlocale.territory.reasons import Reason
from ckanext.odlocale.territory.register import KINDS, Collectivity, Kind, Register
from ckanext.odlocale.territory.steps import Change, Step, Verdict


class Departures:
    """The collectivités of the planned perimeters that are gone, or were.

    :param members: those that the planned perimeters hold today, by SIREN.
    :param present: those that are on the portal once the plan is applied.
    """

    def __init__(
        self,
        register: Register,
        planned: Sequence[Coverage],
        portal: Portal,
        members: Mapping[str, Collectivity],
        present: Mapping[str, Collectivity],
        hierarchy: Hierarchy,
    ) -> None:
        self.register = register
        self.portal = portal
        self.members = members
        self.present = present
        self.hierarchy = hierarchy
        self.atds = {one.atd for one in planned if one.atd}
        self.withdrawn = {one.atd for one in planned if not one.perimeter.members}
        self.departements = {
            code for one in planned for code in one.perimeter.departements
        }

    def steps(self) -> Iterator[Step]:
        """One step for each, by title."""
        found = [org for org in self.portal.known if self._is_concerned(org)]
        for org in sorted(found, key=lambda org: (org.title, org.linked_siren or "")):
            if org.status == "active" and self._is_in_charge(org):
                yield self._departure(org)
            elif step := self._withdrawal(org):
                yield step

    def _is_concerned(self, org: Organisation) -> bool:
        siren = self.portal.siren(org)
        if siren is None:
            return False
        covered = bool(org.covered_by & self.atds)
        if org.status == "closed":
            return covered
        is_gone = self.portal.current.get(siren) is not org
        return is_gone and org.status == "active" and (covered or self._is_due(org))

    def _is_in_charge(self, org: Organisation) -> bool:
        """Whether a planned perimeter still answers for it."""
        kept = org.covered_by & (self.atds - self.withdrawn)
        return bool(kept) or self._is_due(org)

    def _is_due(self, org: Organisation) -> bool:
        """Whether it was of the planned territory, before ATDs were registered."""
        if self.portal.replaced.get(org.id) in self.members:
            return True
        recorded = org.recorded
        is_commune = recorded.get("kind") == "commune"
        return is_commune and recorded.get("departement") in self.departements

    def _departure(self, org: Organisation) -> Step:
        heir = self._heir(org)
        if heir is None:
            return self._closing(org)
        named = {"heir": heir.title, "code": heir.code}
        if heir.siren in self.present:
            return self._step(
                "merge", Reason("merged", named), org, successor=heir, status="merged"
            )
        if heir.siren in self.members:
            reason = Reason("successor_waits", named)
        else:
            reason = Reason("successor_outside", named)
        return self._step("conflict", reason, org, successor=heir)

    def _heir(self, org: Organisation) -> Collectivity | None:
        if not org.linked_insee:
            return None
        # Who bears its INSEE code under another SIREN, which the portal has too.
        bearer = self.register.commune(org.linked_insee)
        return bearer or self.register.successor(org.linked_insee)

    def _closing(self, org: Organisation) -> Step:
        reason = Reason("closed", {"vintage": str(self.register.vintage)})
        keeps = org.exists and org.is_active and org.datasets > 0
        parents = self._right_below(org.covered_by) if keeps else frozenset()
        return self._step("close", reason, org, parents=parents, status="closed")

    def _withdrawal(self, org: Organisation) -> Step | None:
        """Take a collectivité that is gone from an ATD without perimeter."""
        left = org.covered_by & self.withdrawn
        if not (left and org.exists):
            return None
        parents = self._right_below(org.covered_by - left)
        change = Change("perimeters", ", ".join(sorted(left)), None)
        return self._step(
            "update",
            Reason("left_perimeter", fields=("perimeters",)),
            org,
            parents=parents,
            changes=(change,),
            covered_by=frozenset(),
        )

    def _right_below(self, atds: frozenset[str]) -> frozenset[str]:
        here = {
            atd for atd in atds if atd in self.present and atd not in self.withdrawn
        }
        far = {above for atd in here for above in self.hierarchy.above(atd)}
        return frozenset(here - far)

    def _step(
        self,
        verdict: Verdict,
        reason: Reason,
        org: Organisation,
        *,
        successor: Collectivity | None = None,
        parents: frozenset[str] = frozenset(),
        status: str | None = None,
        changes: tuple[Change, ...] = (),
        covered_by: frozenset[str] | None = None,
    ) -> Step:
        if status is not None:
            changes = (Change("status", org.status, status),)
        return Step(
            verdict,
            reason,
            _kind(org),
            org.title,
            org.linked_siren,
            org.linked_insee,
            name=org.name or None,
            own=org,
            parents=parents,
            covered_by=covered_by,
            successor=successor,
            changes=changes,
        )


def _kind(org: Organisation) -> Kind:
    recorded = org.recorded.get("kind")
    return next((kind for kind in KINDS if kind == recorded), "commune")
