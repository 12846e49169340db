"""What the ATD's page of data.gouv.fr is asked, and the texts that it gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ckanext.odlocale.datagouv.registration_rows import State

STATES: Final = tuple(state.value for state in State)
TROUBLES: Final = ("problem", "failing", "siret")
MAX_WORDS: Final = 100


@dataclass(frozen=True)
class Sought:
    """The collectivités that the page shows.

    :ivar perimeter: SIREN of the ATD
    """

    perimeter: str
    state: str = ""
    words: str = ""
    trouble: str = ""
    page: int = 1

    def to_query(self, **changes: Any) -> dict[str, Any]:
        """Return the address's parameters, without those that say nothing."""
        changed = replace(self, **changes)
        query = {
            "perimetre": changed.perimeter,
            "etat": changed.state,
            "nom": changed.words,
            "point": changed.trouble,
            "page": changed.page if changed.page > 1 else "",
        }
        return {name: value for name, value in query.items() if value}

    def to_action(self) -> dict[str, Any]:
        """Return what ``odlocale_datagouv_status`` is asked."""
        asked = {
            "perimeters": [self.perimeter],
            "state": self.state,
            "q": self.words,
            "trouble": self.trouble,
        }
        return {name: value for name, value in asked.items() if value}

    @property
    def is_filtered(self) -> bool:
        """Whether the page shows less than the whole perimeter."""
        return any((self.state, self.words, self.trouble))


def read_sought(given: Mapping[str, str], perimeters: Sequence[str]) -> Sought:
    """Read an address; what makes no sense is left out.

    :param perimeters: SIREN of those of the person; the first one by default
    """
    perimeter, written = given.get("perimetre", ""), given.get("page", "")
    state, trouble = given.get("etat", ""), given.get("point", "")
    is_number = written.isascii() and written.isdecimal() and len(written) < 8
    return Sought(
        perimeter=perimeter if perimeter in perimeters else perimeters[0],
        state=state if state in STATES else "",
        words=given.get("nom", "").strip()[:MAX_WORDS].replace("\0", ""),
        trouble=trouble if trouble in TROUBLES else "",
        page=max(int(written), 1) if is_number else 1,
    )


def write_request(portal: str, site: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """Return the message that asks data.gouv.fr's team to validate sources, in French.

    :param rows: of ``odlocale_datagouv_status``, those whose source waits
    """
    listed = [
        f"- {row['name']} : {(row['source'] or {}).get('url', '')}"
        f" (moissonneur {(row['source'] or {}).get('id', '')})"
        for row in rows
    ]
    return "\n".join(
        [
            "Bonjour,",
            "",
            f"Nous faisons fonctionner le portail « {portal} » ({site})."
            " Chaque collectivité y publie ses données sous son propre nom.",
            "",
            "Pouvez-vous valider ces moissonneurs ? Chacun lit le catalogue d'une"
            " seule collectivité, pour sa propre organisation :",
            "",
            *listed,
            "",
            "Merci d'avance.",
        ]
    )


def write_invitation(row: Mapping[str, Any], portal: str, feed: str) -> str:
    """Return the letter to the administrators of an organisation, in French.

    They may make us an administrator, or create the source themselves.
    """
    organization = row["organization"] or {}
    name = organization.get("name", "")
    return "\n".join(
        [
            "Bonjour,",
            "",
            f"{row['name']} publie désormais ses données sur « {portal} ».",
            f"Votre organisation « {name} » existe déjà sur data.gouv.fr :",
            f"{organization.get('page', '')}",
            "",
            "Nous n'en créons pas une deuxième. Pour que ces données y apparaissent"
            " sous votre nom, deux solutions :",
            "",
            "1. Nous inviter comme administrateur de l'organisation : nous faisons le"
            " reste.",
            f"2. Ou créer vous-même un moissonneur DCAT avec cette adresse : {feed}",
            "",
            "Merci d'avance.",
        ]
    )
