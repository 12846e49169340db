"""What each indicator is: its definition, its unit, its denominator.

The page of each indicator, the exports' documentation and the API are generated from
here. Changing what one means raises :data:`VERSION`: rows written before keep theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

#: Of all the definitions together; see ``odlocale_indicator.version``.
VERSION = 1

Translate = Callable[[str], str]


def N_(text: str) -> str:  # noqa: N802 (the name that the catalogue looks for)
    return text


@dataclass(frozen=True)
class Indicator:
    """One indicator.

    :ivar slug: short and final: part of addresses and of exports
    :ivar column: of the totals, see :data:`.summing.TOTALS`
    :ivar of: the column of its denominator, if it is a share
    :ivar code: its name in the long export
    """

    slug: str
    column: str
    code: str
    name: str
    definition: str
    unit: str
    denominator: str = ""
    source: str = ""
    of: str | None = None

    def translate(self, gettext: Translate) -> Indicator:
        """Return it in the reader's language."""
        words = ("name", "definition", "unit", "denominator", "source")
        return replace(
            self, **{w: gettext(getattr(self, w)) for w in words if getattr(self, w)}
        )


_EVERYBODY = N_("All the local authorities of the territory, on that day")
_OBLIGED = N_("The local authorities that the law binds, or is presumed to bind")
_MODELS = N_("sets of data that follow a national model")
_AUTHORITIES = N_("local authorities")
_DESK = N_("Files published on this portal")
_LAW = N_("Code des relations entre le public et l’administration, L312-1-1")

INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        "ouvertes",
        "open",
        "ouverte",
        N_("Open, by the national count"),
        N_(
            "It is named as the publisher of at least one set of public data: here, on"
            " data.gouv.fr or elsewhere."
        ),
        _AUTHORITIES,
        _EVERYBODY,
        N_("Observatoire open data des territoires"),
        of="collectivities",
    ),
    Indicator(
        "ouvertes-ici",
        "open_here",
        "ouverte_ici",
        N_("Open on this portal"),
        N_("It publishes at least one set of public data on this portal, in its name."),
        _AUTHORITIES,
        _EVERYBODY,
        _DESK,
        of="collectivities",
    ),
    Indicator(
        "sur-data-gouv",
        "on_datagouv",
        "sur_datagouv",
        N_("Present on data.gouv.fr"),
        N_("data.gouv.fr shows at least one set of data under its name."),
        _AUTHORITIES,
        _EVERYBODY,
        N_("What data.gouv.fr answers"),
        of="collectivities",
    ),
    Indicator(
        "obligees-ouvertes",
        "obliged_open",
        "obligee_ouverte",
        N_("Obliged and open"),
        N_("The law binds it to publish data that follow a model, and it is open."),
        _AUTHORITIES,
        _OBLIGED,
        _LAW,
        of="obliged",
    ),
    Indicator(
        "completes",
        "complete",
        "complete",
        N_("Nothing missing"),
        N_("Each set of data that the law asks of it by a model is online, or empty."),
        _AUTHORITIES,
        _OBLIGED,
        _LAW,
        of="obliged",
    ),
    Indicator(
        "jeux",
        "datasets",
        "jeux",
        N_("Sets of data"),
        N_("Public sets of data on this portal, whatever their form."),
        N_("sets of data"),
        "",
        _DESK,
    ),
    Indicator(
        "modeles",
        "standard",
        "modeles",
        N_("Data that follow a national model"),
        N_("For each local authority, how many national models it publishes."),
        _MODELS,
        "",
        _DESK,
    ),
    Indicator(
        "valides",
        "valid",
        "valides",
        N_("Valid data"),
        N_("Those all files of which conform to their national model."),
        _MODELS,
        N_("Data that follow a national model"),
        _DESK,
        of="standard",
    ),
    Indicator(
        "corrigees",
        "corrected",
        "corrigees",
        N_("Data corrected on the way"),
        N_("Those at least one file of which was corrected before it went online."),
        _MODELS,
        N_("Data that follow a national model"),
        _DESK,
        of="standard",
    ),
    Indicator(
        "en-retard",
        "late",
        "en_retard",
        N_("Late data"),
        N_(
            "Those whose next release is past its day: the law’s, or the rhythm that"
            " their model announces."
        ),
        _MODELS,
        N_("Data that follow a national model"),
        _DESK,
        of="standard",
    ),
    Indicator(
        "manquantes",
        "missing",
        "manquantes",
        N_("Obliged and absent"),
        N_(
            "Data that the law asks of a local authority, or is presumed to ask, and"
            " that it never published."
        ),
        _MODELS,
        "",
        _LAW,
    ),
    Indicator(
        "qualite",
        "quality",
        "qualite",
        N_("Quality, on average"),
        N_("The share of data.gouv.fr’s nine criteria that the published data meet."),
        N_("from 0 to 1"),
        N_("Local authorities that publish"),
        N_("data.gouv.fr, quality score"),
    ),
)

BY_SLUG = {one.slug: one for one in INDICATORS}
