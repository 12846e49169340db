"""How a collectivité's full name is written in French.

The Code officiel géographique gives each name with a figure, its «type de nom
en clair» (TNCC), which says which article the name takes. That is the only way
to know that one writes «d'Hennebont» and «de Hoenheim».
"""

from __future__ import annotations

from ckanext.odlocale.base.french import slugify

# TNCC → (the article that the name begins with, what "de" becomes before it).
_ARTICLES = {
    0: ("", "de "),
    1: ("", "d'"),
    2: ("Le ", "du "),
    3: ("La ", "de la "),
    4: ("Les ", "des "),
    5: ("L'", "de l'"),
    6: ("Aux ", "des "),
    7: ("Las ", "de las "),
    8: ("Los ", "de los "),
}

_EPCI_PREFIXES = {
    "CC ": "Communauté de communes ",
    "CA ": "Communauté d'agglomération ",
    "CU ": "Communauté urbaine ",
}


def with_of(name: str, liaison: int) -> str:
    """Put "de" before a name, with the article that it takes.

    :param name: the name, its article included where it has one («Le Palais»);
        départements' and régions' names come without («Morbihan»).
    :param liaison: the TNCC figure, 0 to 8.
    :raises ValueError: an unknown figure.

    >>> with_of("Crach", 0), with_of("Le Palais", 2), with_of("Morbihan", 2)
    ('de Crach', 'du Palais', 'du Morbihan')
    """
    if liaison not in _ARTICLES:
        raise ValueError(f"unknown article figure (TNCC): {liaison}")
    article, of = _ARTICLES[liaison]
    return of + name.removeprefix(article)


def commune_full_name(name: str, liaison: int) -> str:
    """Return «Commune de Crach», «Commune du Palais».

    >>> commune_full_name("L'Île-d'Yeu", 5)
    "Commune de l'Île-d'Yeu"
    """
    return f"Commune {with_of(name, liaison)}"


def guess_liaison(name: str) -> int:
    """Return the likeliest TNCC figure of a name whose figure is not known.

    «H» is taken for a consonant: only the register knows an «H muet».

    >>> guess_liaison("Le Palais"), guess_liaison("Île-d'Arz"), guess_liaison("Crach")
    (2, 1, 0)
    """
    for figure, (article, _) in _ARTICLES.items():
        if article and name.startswith(article):
            return figure
    return 1 if slugify(name)[:1] in tuple("aeiouy") else 0


def departement_full_name(name: str, liaison: int) -> str:
    """Return «Département du Morbihan».

    >>> departement_full_name("Ille-et-Vilaine", 1)
    "Département d'Ille-et-Vilaine"
    """
    return f"Département {with_of(name, liaison)}"


def epci_full_name(name: str) -> str:
    """Write out the letters that begin an intercommunalité's name.

    >>> epci_full_name("CC Arc Sud Bretagne")
    'Communauté de communes Arc Sud Bretagne'
    >>> epci_full_name("Rennes Métropole")
    'Rennes Métropole'
    """
    for letters, words in _EPCI_PREFIXES.items():
        if name.startswith(letters):
            return words + name.removeprefix(letters)
    return name
