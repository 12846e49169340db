"""A schema joins the catalogue, from an address or not."""

from __future__ import annotations

import json
import threading

import pytest

from ckanext.odlocale.scdl.adding import SchemaRefused
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.scdl.fetching import SENTENCES, CannotFetch, fetch_schema
from ckanext.odlocale.scdl.joining import join

FIELDS = [{"name": "ARBRE_NUMERO"}, {"name": "PLANTATION", "type": "year"}]
FIRST = {"name": "arbres", "title": "Arbres", "version": "1.0.0", "fields": FIELDS}
RULES = [{"rename": "PLANTATION", "to": "ANNEE"}]
SECOND = {
    **FIRST,
    "version": "2.0.0",
    "fields": [{"name": "ARBRE_NUMERO"}, {"name": "ANNEE", "type": "year"}],
    "odlocale": {"migrations": [{"from": "1.0.0", "rules": RULES}]},
}


def encode(descriptor):
    return json.dumps(descriptor).encode()


def test_a_key_column_that_is_renamed_stays_the_key(tmp_path):
    join(tmp_path, encode(FIRST))
    proposal, stored = join(tmp_path, encode(SECOND))
    assert stored.new
    assert proposal.schema.key_parts == ("ANNEE:year",)
    assert proposal.schema.period_field == "ANNEE"
    assert [one.kind for one in proposal.changes] == ["renamed"]


@pytest.mark.parametrize(
    "wrong",
    [7, [1], [{"from": "1.0.0", "rules": 5}], [{"from": "1.0.0", "rules": [{}]}]],
)
def test_rules_of_no_known_form_are_refused_and_nothing_is_kept(tmp_path, wrong):
    join(tmp_path, encode(FIRST))
    with pytest.raises(SchemaRefused):
        join(tmp_path, encode({**SECOND, "odlocale": {"migrations": wrong}}))
    assert load_catalogue(tmp_path).get("arbres").version == "1.0.0"


def test_two_at_once_never_take_one_name(tmp_path):
    said = []
    start = threading.Barrier(2)

    def run(owner):
        descriptor = {**FIRST, "odlocale": {"id": f"{owner}/arbres"}}
        start.wait()
        try:
            said.append(join(tmp_path, encode(descriptor))[1].new)
        except SchemaRefused as refused:
            said.append(refused.problems[0].code)

    threads = [threading.Thread(target=run, args=(owner,)) for owner in ("a", "b")]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert sorted(map(str, said)) == ["True", "slug_taken"]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://127.0.0.1:1/x", "refused"),
        ("http://169.254.169.254/latest", "refused"),
        ("http://[::1]/", "refused"),
        ("file:///etc/passwd", "address"),
        ("arbres.json", "address"),
    ],
)
def test_an_address_that_is_not_public_is_not_called(url, code):
    with pytest.raises(CannotFetch) as refused:
        fetch_schema(url)
    assert refused.value.code == code
    assert "{" not in refused.value.say("fr")
    assert code in SENTENCES
