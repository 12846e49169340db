"""Keep the French of the portal complete: extract, update, compile, check.

    python scripts/i18n.py extract   # sources -> the two templates (.pot)
    python scripts/i18n.py update    # templates -> the French catalogue (.po)
    python scripts/i18n.py compile   # .po -> .mo
    python scripts/i18n.py check     # exit 1 and a list when anything is wrong

Several commands may follow each other: ``make i18n`` runs the first three.

What is where, under ``ckanext/odlocale/i18n/``:

``ckanext-odlocale.pot``
    every message of this extension: Python, templates, JavaScript, titles of
    licences, and the labels of ``schemas/*.yaml`` (ckanext-scheming's);
``fr/upstream.pot``
    every message of CKAN and of the extensions we load that has no French of its
    own;
``fr/LC_MESSAGES/ckanext-odlocale.po``
    the truth, written by hand: French for both templates, and for the messages
    of CKAN whose French we replace because it is wrong;
``fr/LC_MESSAGES/ckanext-odlocale.mo``
    the same, compiled. CKAN merges it over its own catalogue (ITranslation).

French has three plural forms in CKAN's catalogue (one, many, other). Ours must
say the same, or CKAN counts plurals wrongly for both.
"""

from __future__ import annotations

import argparse
import ast
import json
import sys
import warnings
from collections.abc import Callable, Container, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import yaml
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract

if __package__ in (None, ""):  # run as a script
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.catalogue import (
    COMPILED,
    FRENCH,
    ROOT,
    TEMPLATE,
    UPSTREAM_TEMPLATE,
    Fault,
    MessageId,
    add,
    committed_faults,
    compile_catalog,
    is_translated,
    key_of,
    merge,
    new_catalog,
    ordered,
    package_folder,
    read_catalog,
    read_core_french,
    write_catalog,
)

OURS = ROOT / "ckanext" / "odlocale"
#: Titles of licences: CKAN translates them wherever it shows them.
LICENCES = OURS / "public" / "odlocale" / "licenses.json"
KEYWORDS = {**DEFAULT_KEYWORDS, "gettext_noop": None, "lazy_gettext": None}

#: Where an extension's messages are, by import name and how references name it.
UPSTREAM_PACKAGES = {
    "ckan": "ckan",
    "ckanext.activity": "ckan",
    "ckanext.scheming": "ckanext-scheming",
    "ckanext.dcat": "ckanext-dcat",
}
#: Not shown by any portal: tests, old copies, and libraries of others.
IGNORED_PARTS = {"tests", "vendor", "node_modules", "2.8_templates", "templates_2_8"}

#: Keys of a scheming schema whose text ``scheming_language_text`` translates.
SCHEMA_TEXTS = {
    *("label", "repeating_label", "help_text", "form_placeholder"),
    *("description", "title"),
}

#: Messages that CKAN builds while it runs (``_(user.state)``, ``_(field_name)``,
#: ``_("my-" + group_type)``), so that no extraction can find them.
DYNAMIC = (
    *("active", "draft", "deleted", "pending", "my-organization", "my-group"),
    *("Owner org", "License id", "Tag string", "Notes", "Fullname", "Password1"),
    *("Password2", "Old password", "Image URL", "Image upload", "Author email"),
    *("Maintainer email", "Extras validation", "Message", "Id", "Size"),
    "organization not found or you have no permission to view it",
    "group not found or you have no permission to view it",
    *("New Package", "Changed Package", "Deleted Package"),
    *("New Organization", "Changed Organization", "Deleted Organization"),
    *("New Group", "Changed Group", "Deleted Group", "New User", "Changed User"),
    *("New Resource View", "Changed Resource View", "Deleted Resource View"),
    *("Follow Dataset", "Follow User", "Follow Group", "Follow Organization"),
)

Extractor = Callable[..., Any] | str


def extract_file(path: Path, method: Extractor) -> Iterator[MessageId]:
    """Yield the messages of one source file."""
    with path.open("rb") as source:
        for _line, message, _comments, _context in extract(
            method, source, keywords=KEYWORDS
        ):
            yield message


def extract_python(
    source: IO[bytes], keywords: Container[str], _tags: object, options: object
) -> Iterator[tuple[int, str, MessageId, list[str]]]:
    """Babel's Python extractor, by the syntax tree: it also reads f-strings.

    Babel's own reads tokens, so that before Python 3.12 it does not see
    ``f"{_('Message')}"``, and the templates would depend on who writes them.
    """
    with warnings.catch_warnings():  # on how others write their sources
        warnings.simplefilter("ignore")
        tree = ast.parse(source.read())
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in keywords:
            texts = tuple(_literal(argument) for argument in node.args)
            if texts and texts[0]:
                yield node.lineno, name, texts[0] if len(texts) == 1 else texts, []


def _literal(node: ast.expr) -> str:
    value = node.value if isinstance(node, ast.Constant) else ""
    return value if isinstance(value, str) else ""


def extract_folder(folder: Path) -> Iterator[tuple[Path, MessageId]]:
    """Yield (file, message) for every message of an extension, in file order."""
    from ckan.lib.extract import extract_ckan

    methods: dict[str, Extractor] = {
        ".py": extract_python,
        ".js": "javascript",
        ".html": extract_ckan,
        ".txt": extract_ckan,
        ".text": extract_ckan,
    }
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        method = methods.get(path.suffix)
        if method is None or not path.is_file() or _is_ignored(parts):
            continue
        # Jinja reads templates only; data and licences end in .txt too.
        if method is extract_ckan and not any("templates" in part for part in parts):
            continue
        for message in extract_file(path, method):
            yield path, message


def _is_ignored(parts: tuple[str, ...]) -> bool:
    return (
        bool(IGNORED_PARTS.intersection(parts))
        or parts[-1].endswith(".min.js")
        or any(part.startswith("example_") for part in parts)
    )


def extract_schema(path: Path) -> Iterator[str]:
    """Yield the labels and help texts of one scheming schema or preset file."""

    def walk(node: object) -> Iterator[str]:
        if isinstance(node, dict):
            for key, value in node.items():
                if key in SCHEMA_TEXTS and isinstance(value, str):
                    yield value
                else:
                    yield from walk(value)
        elif isinstance(node, list):
            for item in node:
                yield from walk(item)

    yield from walk(yaml.safe_load(path.read_text("utf-8")))


def extract_ours() -> Catalog:
    """Return a catalogue of this extension's messages, without French."""
    catalog = new_catalog()
    for path, message in extract_folder(OURS):
        add(catalog, message, path.relative_to(ROOT).as_posix())
    for licence in json.loads(LICENCES.read_text("utf-8")):
        add(catalog, licence["title"], LICENCES.relative_to(ROOT).as_posix())
    for path in sorted((ROOT / "schemas").glob("*.yaml")):
        for label in extract_schema(path):
            add(catalog, label, path.relative_to(ROOT).as_posix())
    return catalog


def extract_upstream() -> Catalog:
    """Return a catalogue of what CKAN and its extensions lack in French."""
    catalog = new_catalog()
    core = read_core_french()
    for message in core:
        if message.id and (not is_translated(message) or message.fuzzy):
            add(catalog, message.id, "ckan")
    for module, name in UPSTREAM_PACKAGES.items():
        for _path, found in extract_folder(package_folder(module)):
            if core.get(key_of(found)[0]) is None:
                add(catalog, found, name)
    for text in DYNAMIC:
        if core.get(text) is None:
            add(catalog, text, "ckan")
    return catalog


def template_faults() -> list[Fault]:
    """List the messages in which a committed template differs from the sources."""
    faults = collision_faults(message for _path, message in extract_folder(OURS))
    for path, fresh in (
        (TEMPLATE, extract_ours()),
        (UPSTREAM_TEMPLATE, extract_upstream()),
    ):
        kept = {m.id for m in read_catalog(path) if m.id}
        found = {m.id for m in fresh if m.id}
        for identifier in sorted(kept ^ found, key=str):
            side = "not extracted" if identifier in found else "gone from sources"
            faults.append(Fault(f"{path.name}, {side}", str(identifier)))
    return faults


def collision_faults(messages: Iterable[MessageId]) -> list[Fault]:
    """List the messages that share a singular and differ by their plural.

    Gettext looks messages up by their singular: one translation would be lost.
    """
    plurals: dict[str, set[str]] = {}
    for key in map(key_of, messages):
        plurals.setdefault("".join(key[:1]), set()).update(key[1:])
    return [
        Fault("one singular, several plurals", singular, " / ".join(sorted(several)))
        for singular, several in plurals.items()
        if len(several) > 1
    ]


def run_extract() -> int:
    """Rewrite the templates from the sources."""
    for path, catalog in (
        (TEMPLATE, extract_ours()),
        (UPSTREAM_TEMPLATE, extract_upstream()),
    ):
        state = "written" if write_catalog(path, ordered(catalog)) else "unchanged"
        print(f"{path.relative_to(ROOT)}: {len(catalog)} messages, {state}")
    return 0


def run_update() -> int:
    """Bring the French catalogue up to the templates, losing no translation."""
    french = read_catalog(FRENCH) if FRENCH.exists() else new_catalog()
    merged = merge(
        french,
        read_catalog(TEMPLATE),
        read_catalog(UPSTREAM_TEMPLATE),
        read_core_french(),
    )
    write_catalog(FRENCH, merged)
    lacking = [m for m in merged if m.id and not is_translated(m)]
    print(
        f"{FRENCH.relative_to(ROOT)}: {len(merged)} messages, {len(lacking)} to write"
    )
    return 0


def run_compile() -> int:
    """Compile the French catalogue."""
    COMPILED.write_bytes(compile_catalog(read_catalog(FRENCH)))
    print(f"{COMPILED.relative_to(ROOT)}: {COMPILED.stat().st_size} bytes")
    return 0


def run_check() -> int:
    """Print every fault; 1 when there is one."""
    faults = [*template_faults(), *committed_faults()]
    for fault in faults:
        print(fault)
    print(f"{len(faults)} fault(s)", file=sys.stderr)
    return 1 if faults else 0


COMMANDS: dict[str, Callable[[], int]] = {
    "extract": run_extract,
    "update": run_update,
    "compile": run_compile,
    "check": run_check,
}


def main(arguments: list[str] | None = None) -> int:
    """Run the commands in the order given, stopping at the first that fails."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("commands", nargs="+", choices=list(COMMANDS))
    for name in parser.parse_args(arguments).commands:
        if status := COMMANDS[name]():
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
