"""Make the French Solr schema of the portal from CKAN's own.

CKAN's schema stems English words. French search needs elision ("l'eau" finds
"eau"), accents folded on both sides ("ecole" finds "École") and French stems
("deliberation" finds "Délibérations"). Everything else stays CKAN's, its name
included, since CKAN checks it at start-up.

    python scripts/solr_schema.py            # rewrites the shipped file
    python scripts/solr_schema.py --check    # exit 1 if it is out of step
"""

from __future__ import annotations

import argparse
import re
import sys
from importlib.resources import files
from pathlib import Path

TARGET = Path(__file__).parent.parent / "ckanext/odlocale/portal/solr/conf/schema.xml"

# Folding comes before stop words and stems, so that a word typed without its
# accents goes through exactly what the written one went through.
FRENCH_FILTERS = """\
            <filter class="solr.LowerCaseFilterFactory"/>
            <filter class="solr.ASCIIFoldingFilterFactory"/>
            <filter class="solr.StopFilterFactory" words="stopwords.txt"/>
            <filter class="solr.FrenchLightStemFilterFactory"/>
"""
ELISION = """\
            <filter class="solr.ElisionFilterFactory"/>
"""
TEXT_TYPE = re.compile(r'<fieldType name="text" .*?</fieldType>', re.DOTALL)
TOKENIZER = re.compile(r"( *<tokenizer [^>]*/>\n)")
ENGLISH_FILTERS = re.compile(
    r' *<filter class="solr\.LowerCaseFilterFactory"/>\s*'
    r'<filter class="solr\.SnowballPorterFilterFactory"[^>]*/>\s*'
    r'<filter class="solr\.ASCIIFoldingFilterFactory"/>\n'
)
SYNONYMS = re.compile(r' *<filter class="solr\.SynonymGraphFilterFactory"[^>]*/>\n')


def french_schema(core: str) -> str:
    """CKAN's Solr schema with its ``text`` type analysed as French.

    :param core: the XML text of CKAN's ``schema.xml``
    :raises ValueError: where CKAN's analysers no longer look as expected, so
        that an upgrade of CKAN never ships a half-English schema silently
    """
    found = TEXT_TYPE.search(core)
    if not found:
        raise ValueError("CKAN's schema has no field type named text")
    text, folded = found.group(0), FRENCH_FILTERS
    synonyms = SYNONYMS.search(text)
    if not synonyms:
        raise ValueError("CKAN's text type no longer reads synonyms")
    french = SYNONYMS.sub("", text)
    french = TOKENIZER.sub(lambda m: m.group(1) + ELISION, french)
    french, replaced = ENGLISH_FILTERS.subn(lambda m: folded, french)
    if replaced != 2:
        raise ValueError("CKAN's text type is no longer analysed as it was")
    # Synonyms are written folded, hence after folding and before stems.
    index, query = french.split('<analyzer type="query">')
    stop = '            <filter class="solr.StopFilterFactory"'
    query = query.replace(stop, synonyms.group(0) + stop, 1)
    return core.replace(text, index + '<analyzer type="query">' + query)


def main() -> int:
    """Write the schema, or with ``--check`` say whether it is in step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    core = (files("ckan") / "config" / "solr" / "schema.xml").read_text("utf-8")
    wanted = french_schema(core)
    if arguments.check:
        same = TARGET.is_file() and TARGET.read_text("utf-8") == wanted
        if not same:
            print(
                "the Solr schema is out of step: run make solr-schema", file=sys.stderr
            )
        return 0 if same else 1
    TARGET.write_text(wanted, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
