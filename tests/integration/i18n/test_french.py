"""French as CKAN serves it, and templates of messages in step with the sources."""

from __future__ import annotations

import ckantoolkit as tk
import pytest
from ckan.lib.i18n import build_js_translations, get_js_translations_dir

from scripts import i18n


def test_the_committed_templates_hold_every_message_of_the_sources() -> None:
    assert [str(fault) for fault in i18n.template_faults()] == []


@pytest.mark.parametrize(
    ("english", "french"),
    [
        pytest.param(
            "Skip to main content", "Aller au contenu principal", id="lacking"
        ),
        pytest.param("Trash", "Corbeille", id="replaced"),
        pytest.param("Dataset", "Jeu de données", id="CKAN's own"),
        pytest.param("Page not found", "Page introuvable", id="ckanext-scheming"),
        pytest.param("Contact URI", "URI du contact", id="ckanext-dcat"),
    ],
)
def test_ckan_speaks_our_french(app, english: str, french: str) -> None:
    with app.flask_app.test_request_context("/"):
        assert tk._(english) == french


@pytest.mark.parametrize(
    ("number", "french"),
    [(0, "{num} membre"), (1, "{num} membre"), (2, "{num} membres")],
)
def test_ckan_counts_in_french(app, number: int, french: str) -> None:
    with app.flask_app.test_request_context("/"):
        assert tk.ungettext("{num} Member", "{num} Members", number) == french


def test_scripts_speak_our_french(tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(tk.config, "ckan.storage_path", str(tmp_path))
    build_js_translations()
    with open(f"{get_js_translations_dir()}/fr.js", encoding="utf-8") as built:
        text = built.read()
    assert '"Please Confirm":[null,"Confirmez votre choix"]' in text
    assert '"Copy to clipboard":[null,"Copier dans le presse-papiers"]' in text


def test_two_plurals_of_one_singular_are_a_fault() -> None:
    messages = [
        ("a row", "{n} rows"),
        ("a row", "{n} lines"),
        ("a cell", "cells"),
        "Save",
    ]
    assert [fault.message for fault in i18n.collision_faults(messages)] == ["a row"]


def test_messages_inside_f_strings_are_extracted(tmp_path) -> None:
    source = tmp_path / "a.py"
    source.write_text(
        '_ = str\nprint(f"{_(\'To stop\'):<22}", ngettext("a", "b", 2))\n'
    )
    found = set(i18n.extract_file(source, i18n.extract_python))
    assert found == {"To stop", ("a", "b")}


def test_labels_of_a_schema_are_extracted(tmp_path) -> None:
    schema = tmp_path / "dataset.yaml"
    schema.write_text(
        "dataset_fields:\n- field_name: kind\n  label: Kind\n  choices:\n"
        "  - value: a\n    label: First\n  form_placeholder: eg. First\n"
    )
    assert list(i18n.extract_schema(schema)) == ["Kind", "First", "eg. First"]
