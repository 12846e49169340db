"""Names in full."""

from __future__ import annotations

import pytest

from ckanext.odlocale.territory import naming


@pytest.mark.parametrize(
    ("name", "liaison", "expected"),
    [
        ("Crach", 0, "Commune de Crach"),
        ("Hennebont", 1, "Commune d'Hennebont"),
        ("Le Palais", 2, "Commune du Palais"),
        ("La Gacilly", 3, "Commune de la Gacilly"),
        ("Les Fougerêts", 4, "Commune des Fougerêts"),
        ("L'Île-d'Yeu", 5, "Commune de l'Île-d'Yeu"),
        ("Aux Marais", 6, "Commune des Marais"),
        ("Los Masos", 8, "Commune de los Masos"),
    ],
)
def test_a_commune_takes_the_article_that_the_cog_gives(
    name: str, liaison: int, expected: str
) -> None:
    assert naming.commune_full_name(name, liaison) == expected


@pytest.mark.parametrize(
    ("name", "liaison", "expected"),
    [
        ("Morbihan", 2, "Département du Morbihan"),
        ("Ille-et-Vilaine", 1, "Département d'Ille-et-Vilaine"),
        ("Ardèche", 5, "Département de l'Ardèche"),
        ("La Réunion", 0, "Département de La Réunion"),
    ],
)
def test_a_departement_has_no_article_of_its_own(
    name: str, liaison: int, expected: str
) -> None:
    assert naming.departement_full_name(name, liaison) == expected


def test_an_unknown_article_is_refused() -> None:
    with pytest.raises(ValueError, match="9"):
        naming.with_of("Crach", 9)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("CC Arc Sud Bretagne", "Communauté de communes Arc Sud Bretagne"),
        ("CA du Pays", "Communauté d'agglomération du Pays"),
        ("CU d'Arras", "Communauté urbaine d'Arras"),
        ("Métropole de Lyon", "Métropole de Lyon"),
        ("CCI Bretagne", "CCI Bretagne"),
    ],
)
def test_an_intercommunality_is_written_in_full(name: str, expected: str) -> None:
    assert naming.epci_full_name(name) == expected
