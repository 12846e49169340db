"""The policy of pages: what a hostile address or text cannot add to it."""

from __future__ import annotations

import pytest

from ckanext.odlocale.base import policy


def rules(written: str) -> dict[str, str]:
    pairs = (one.strip().partition(" ") for one in written.split(";"))
    return {name: value for name, _, value in pairs}


def test_no_script_is_run_but_from_the_folders_of_the_packages() -> None:
    found = rules(policy.write_policy("data.example.fr"))
    assert found["default-src"] == "'none'"
    assert found["script-src"] == "data.example.fr/webassets/ data.example.fr/base/"
    assert "unsafe" not in found["script-src"]
    assert found["script-src-attr"] == "'none'"
    assert "unsafe" not in found["style-src-elem"]
    assert found["base-uri"] == "'none'"


@pytest.mark.parametrize(
    "host", ["evil.example; script-src *", "a b", "a,b", "", "*", "a:1:2", "x'y"]
)
def test_a_hostile_host_adds_no_rule(host: str) -> None:
    found = rules(policy.write_policy(host))
    assert found["script-src"] == "'self'"
    assert found == rules(policy.write_policy(""))


@pytest.mark.parametrize(
    "image", ["javascript:x", "*", "https://a.fr; script-src *", "https://a b", "data:"]
)
def test_a_mistaken_setting_opens_nothing(image: str) -> None:
    assert (
        rules(policy.write_policy("a.fr", images=[image]))["img-src"] == "'self' data:"
    )


def test_the_handlers_of_core_are_read_from_its_templates() -> None:
    hashes = policy.handlers_of_core()
    assert len(hashes) >= 6
    assert policy.hash_of("alert(1)") not in hashes
    # The one of "Link", as the page has it.
    source = "onclick=\"\n  document.getElementById('x').focus();\n\">"
    (text,) = policy.handlers_in(f"<button {source}")
    assert text == "\n  document.getElementById('x').focus();\n"
    # What its macro is called with is in the page too.
    template = """<a onclick="{{ js }}"> {{ remove_button(js="$('#a').val('')") }}"""
    assert list(policy.handlers_in(template)) == ["", "$('#a').val('')"]


def test_a_page_shows_its_own_blocks_by_the_portal_s_public_name() -> None:
    found = rules(policy.write_policy("127.0.0.1:5000", site="https://data.example.fr"))
    assert found["frame-src"] == "'self' https://data.example.fr"
    assert rules(policy.write_policy("a.fr"))["frame-src"] == "'self'"
