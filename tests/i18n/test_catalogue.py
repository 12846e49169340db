"""The French catalogue is whole, sound and compiled (no CKAN, no server)."""

from __future__ import annotations

import pytest
from babel.messages.catalog import Catalog, Message

from ckanext.odlocale.base.language import translator
from scripts import catalogue
from scripts.catalogue import (
    Fault,
    committed_faults,
    compile_catalog,
    find_faults,
    find_message_faults,
    merge,
    new_catalog,
)


def test_every_message_has_sound_french_and_the_compiled_file_is_in_step() -> None:
    assert [str(fault) for fault in committed_faults()] == []


@pytest.mark.parametrize("path", [catalogue.FRENCH, catalogue.TEMPLATE])
def test_no_reference_names_a_place_of_one_machine(path) -> None:
    for message in catalogue.read_catalog(path):
        for name, _line in message.locations:
            assert not name.startswith(("/", "..")), name


def test_plurals_follow_ckans_three_forms() -> None:
    french = translator("fr")
    message = "{number} dataset found", "{number} datasets found"
    assert french.gettext("Save & add another") == "Enregistrer et en ajouter une autre"
    assert "jeu de données" in catalogue.read_core_french().get(message[0]).string[0]
    members = "{num} Member", "{num} Members"
    assert french.ngettext(*members, 0) == "{num} membre"
    assert french.ngettext(*members, 2) == "{num} membres"
    assert french.ngettext(*members, 1_000_000) == "{num} membres"


@pytest.mark.parametrize(
    ("english", "french", "kinds"),
    [
        pytest.param("Save", "Enregistrer", [], id="sound"),
        pytest.param("Save", "", ["untranslated"], id="nothing written"),
        pytest.param("Hi {name}", "Bonjour", ["placeholder"], id="brace lost"),
        pytest.param("Hi %(name)s", "Bonjour %(nom)s", ["placeholder"], id="renamed"),
        pytest.param("%s of %s", "%s", ["placeholder"], id="positional lost"),
        pytest.param("%s: %d", "%d, %s", ["placeholder"], id="positional swapped"),
        pytest.param("100 % of {n}", "100 % de {n}", ["spacing"], id="percent sign"),
        pytest.param("<b>Hi</b>", "<b>Bonjour</ b>", ["markup"], id="broken tag"),
        pytest.param("<b>Hi</b>", "<b>Bonjour", ["markup"], id="tag not closed"),
        pytest.param("Why?", "Pourquoi ?", ["spacing"], id="ordinary space"),
        pytest.param("Why?", "Pourquoi?", ["spacing"], id="no space"),
        pytest.param("Why?", "Pourquoi\u202f?", [], id="narrow no-break space"),
        pytest.param("Note: x", "Note\u00a0: x", [], id="no-break space"),
        pytest.param("the tree", "l'arbre", ["apostrophe"], id="typewriter apostrophe"),
        pytest.param("the tree", "l’arbre", [], id="typographic apostrophe"),
        pytest.param("at 14:30", "à 14:30", [], id="a time is left alone"),
        pytest.param(
            ("{n} row", "{n} rows"),
            ("{n} ligne", "{n} lignes", "{n} lignes"),
            [],
            id="plural",
        ),
        pytest.param(
            ("{n} row", "{n} rows"), ("{n} ligne", "{n} lignes"), ["untranslated"],
            id="a plural form missing",
        ),
        pytest.param(
            ("a row", "{n} rows"), ("une ligne", "{n} lignes", "lignes"),
            ["placeholder"],
            id="number lost in a plural",
        ),
    ],
)  # fmt: skip
def test_a_fault_is_named_after_what_is_wrong(english, french, kinds) -> None:
    faults = find_message_faults(Message(english, french))
    assert [fault.kind for fault in faults] == kinds


def a_catalog(**messages: str) -> Catalog:
    """A catalogue whose messages are the names given."""
    catalog = new_catalog()
    for english, french in messages.items():
        catalog.add(english, french, locations=[("a.py", 0)])
    return catalog


def faults_of(french: Catalog, ours: Catalog, core: Catalog) -> list[Fault]:
    """Faults of a catalogue compiled in step, nothing missing upstream."""
    return find_faults(french, compile_catalog(french), ours, new_catalog(), core)


def test_a_message_without_an_entry_is_missing() -> None:
    faults = faults_of(new_catalog(), a_catalog(Publish=""), new_catalog())
    assert faults == [Fault("missing", "Publish")]


def test_an_entry_that_no_source_has_is_obsolete() -> None:
    faults = faults_of(a_catalog(Publish="Publier"), new_catalog(), new_catalog())
    assert faults == [Fault("obsolete", "Publish")]


def test_ckans_own_french_may_be_replaced() -> None:
    core = a_catalog(Trash="Poubelle")
    assert faults_of(a_catalog(Trash="Corbeille"), new_catalog(), core) == []


def test_a_fuzzy_entry_is_a_fault() -> None:
    french = a_catalog(Publish="Publier")
    french["Publish"].flags.add("fuzzy")
    faults = faults_of(french, a_catalog(Publish=""), new_catalog())
    assert Fault("fuzzy", "Publish") in faults


def test_a_compiled_file_behind_its_source_is_stale() -> None:
    before, after = a_catalog(Publish="Publié"), a_catalog(Publish="Publier")
    faults = find_faults(
        after, compile_catalog(before), after, new_catalog(), new_catalog()
    )
    assert [fault.kind for fault in faults] == ["stale"]


def test_other_plural_forms_than_ckans_are_a_fault() -> None:
    core = new_catalog()
    core.mime_headers = [("Plural-Forms", "nplurals=2; plural=(n > 1);")]
    faults = faults_of(new_catalog(), new_catalog(), core)
    assert [fault.kind for fault in faults] == ["plural forms"]


def test_an_update_keeps_what_is_written_and_drops_what_is_gone() -> None:
    french = a_catalog(Publish="Publier", Gone="Parti", Trash="Corbeille")
    core = a_catalog(Trash="Poubelle", Search="Rechercher")
    merged = merge(french, a_catalog(Publish="", Search=""), new_catalog(), core)
    kept = {message.id: message.string for message in merged if message.id}
    assert kept == {
        "Publish": "Publier",
        "Search": "Rechercher",
        "Trash": "Corbeille",
    }


def test_an_override_equal_to_ckans_french_is_dropped() -> None:
    french, core = a_catalog(Trash="Corbeille"), a_catalog(Trash="Corbeille")
    assert len(merge(french, new_catalog(), new_catalog(), core)) == 0


def test_writing_the_same_catalogue_twice_changes_nothing(tmp_path) -> None:
    path = tmp_path / "fr.po"
    assert catalogue.write_catalog(path, a_catalog(Publish="Publier"))
    first = path.read_bytes()
    assert not catalogue.write_catalog(path, a_catalog(Publish="Publier"))
    assert path.read_bytes() == first
