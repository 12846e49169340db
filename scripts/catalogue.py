"""The French catalogue: what it must hold, and what is wrong in it.

Pure: reads and compares gettext catalogues, imports no CKAN (whose own French is
read as a file). ``scripts/i18n.py`` explains the files and has the commands.
"""

from __future__ import annotations

import datetime
import io
import re
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:  # run as a script, from a tree not installed
    sys.path.insert(0, str(ROOT))

from ckanext.odlocale.base.french import french_spaces  # noqa: E402

I18N = ROOT / "ckanext" / "odlocale" / "i18n"
TEMPLATE = I18N / "ckanext-odlocale.pot"
UPSTREAM_TEMPLATE = I18N / "fr" / "upstream.pot"
FRENCH = I18N / "fr" / "LC_MESSAGES" / "ckanext-odlocale.po"
COMPILED = FRENCH.with_suffix(".mo")

PLURAL_FORMS = (
    "nplurals=3; plural=(n == 0 || n == 1) ? 0 : n != 0 && n % 1000000 == 0 ? 1 : 2;"
)

MessageId = str | tuple[str, ...] | list[str]
Key = tuple[str, ...]


@dataclass(frozen=True)
class Fault:
    """One thing wrong in the catalogue."""

    kind: str
    message: str
    detail: str = ""

    def __str__(self) -> str:
        detail = f" -> {self.detail!r}" if self.detail else ""
        return f"{self.kind}: {self.message!r}{detail}"


def new_catalog(dated: datetime.datetime | None = None) -> Catalog:
    """Return an empty catalogue with our headers and CKAN's plural forms."""
    catalog = Catalog(
        locale="fr",
        project="ckanext-odlocale",
        copyright_holder="OpenDataLocale contributors",
        msgid_bugs_address="OpenDataLocale contributors",
        last_translator="OpenDataLocale contributors",
        language_team="French",
        creation_date=dated,
        revision_date=dated,
        fuzzy=False,
        charset="utf-8",
        header_comment=(
            "# French of ckanext-odlocale, and what CKAN lacks in French.\n"
            "# Licence: AGPL-3.0-or-later, as the project.\n"
            "# Written by hand, ordered by scripts/i18n.py."
        ),
    )
    catalog.mime_headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Plural-Forms", PLURAL_FORMS),
    ]
    return catalog


def add(catalog: Catalog, message: MessageId, reference: str) -> None:
    """Add a message, or one more reference to it."""
    if key := key_of(message):
        catalog.add(
            key[0] if len(key) == 1 else (key[0], key[1]), locations=[(reference, 0)]
        )


def key_of(message: MessageId) -> Key:
    """Return (singular,) or (singular, plural); () for an empty message."""
    parts = (message,) if isinstance(message, str) else tuple(message[:2])
    return tuple(part for part in parts if part)


def translations_of(message: Message) -> tuple[str, ...]:
    """Return the French of a message: one text, or one for each plural form."""
    string = message.string or ""
    return (string,) if isinstance(string, str) else tuple(string)


def is_translated(message: Message) -> bool:
    """Tell whether every form of a message is written."""
    forms = translations_of(message)
    wanted = 1 if isinstance(message.id, str) else 3
    return len(forms) == wanted and all(forms)


def read_catalog(path: Path) -> Catalog:
    """Read a ``.po`` or ``.pot`` file."""
    with path.open("rb") as source:
        return read_po(source, locale="fr")


def read_core_french() -> Catalog:
    """Read CKAN's own French catalogue, without importing CKAN."""
    folder = package_folder("ckan") / "i18n" / "fr" / "LC_MESSAGES"
    return read_catalog(folder / "ckan.po")


def write_catalog(path: Path, catalog: Catalog, *, include_file: bool = True) -> bool:
    """Write a catalogue if anything but its date changed.

    :returns: True when the file was written.
    """

    def render(dated: datetime.datetime) -> bytes:
        catalog.creation_date = catalog.revision_date = dated
        output = io.BytesIO()
        write_po(
            output,
            catalog,
            width=88,
            omit_header=False,
            include_lineno=False,
            ignore_obsolete=True,
        )
        return output.getvalue()

    now = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0)
    if path.exists():
        before = read_catalog(path).creation_date
        dated = before if isinstance(before, datetime.datetime) else now
        if path.read_bytes() == render(dated):
            return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(render(now))
    return True


def merge(french: Catalog, ours: Catalog, upstream: Catalog, core: Catalog) -> Catalog:
    """Return the French catalogue that the templates ask for.

    Our messages come first, then CKAN's, each in alphabetical order, so that
    two people who translate different pages rarely change the same lines. A
    message of CKAN that has French of its own stays where ours differs.
    """
    merged = new_catalog()
    wanted = {message.id: message for message in ours if message.id}
    needed = {message.id: message for message in upstream if message.id}
    replaced = {
        message.id: message
        for message in french
        if message.id
        and message.id not in wanted
        and message.id not in needed
        and is_replacement(message, core)
    }
    for group in (wanted, needed, replaced):
        for identifier in sorted(group, key=_first):
            if merged.get(_first(identifier)) is not None:
                continue
            # A word we share with CKAN starts from CKAN's French: the command
            # line and the engine read our catalogue alone.
            known = _find_written(identifier, french, core)
            locations = group[identifier].locations or [("ckan", 0)]
            merged.add(
                identifier,
                known.string if known else None,
                locations=sorted({(name, 0) for name, _line in locations}),
                flags=known.flags if known else (),
                user_comments=known.user_comments if known else (),
            )
    return merged


def _find_written(identifier: Any, *catalogs: Catalog) -> Message | None:
    for catalog in catalogs:
        known = catalog.get(_first(identifier))
        same_kind = known and isinstance(known.id, str) == isinstance(identifier, str)
        if known and same_kind and is_translated(known):
            return known
    return None


def is_replacement(message: Message, core: Catalog) -> bool:
    """Tell whether our French of a message of CKAN differs from CKAN's."""
    theirs = core.get(_first(message.id))
    return theirs is not None and translations_of(theirs) != translations_of(message)


def _first(identifier: Any) -> str:
    return identifier if isinstance(identifier, str) else str(identifier[0])


def compile_catalog(catalog: Catalog) -> bytes:
    """Return the ``.mo`` file of a catalogue."""
    output = io.BytesIO()
    write_mo(output, catalog)
    return output.getvalue()


def package_folder(module: str) -> Path:
    """Return the folder of an installed package.

    :raises SystemExit: when it is not installed.
    """
    spec = find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"{module} is not installed: install the extra [ckan].")
    return Path(next(iter(spec.submodule_search_locations)))


_NAMED = re.compile(r"%\(\w+\)[#0\- +]*\d*\.?\d*[a-zA-Z]|\{[\w.!:\[\]]*\}")
_POSITIONAL = re.compile(r"(?<!%)%[sdrif]")
_STRAIGHT_APOSTROPHE = re.compile(r"(?<=[^\W\d_])'(?=[^\W\d_]|[«{%<])")
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]*")


def find_faults(
    french: Catalog, compiled: bytes, ours: Catalog, upstream: Catalog, core: Catalog
) -> list[Fault]:
    """List everything wrong in the French catalogue.

    :param french: the catalogue written by hand (``.po``).
    :param compiled: the content of the ``.mo`` file.
    :param ours: the template of our messages.
    :param upstream: the template of what CKAN lacks.
    :param core: CKAN's own French catalogue.
    """
    wanted = {m.id: m for m in (*ours, *upstream) if m.id}
    written = {m.id: m for m in french if m.id}
    faults = [Fault("missing", str(key)) for key in wanted if key not in written]
    for identifier, message in written.items():
        known = identifier in wanted or core.get(_first(identifier)) is not None
        if not known:
            faults.append(Fault("obsolete", str(identifier)))
        faults.extend(find_message_faults(message))
    faults += [Fault("obsolete", str(key)) for key in french.obsolete]
    if french.plural_forms.strip(" ;") != core.plural_forms.strip(" ;"):
        faults.append(Fault("plural forms", core.plural_forms, french.plural_forms))
    if not same_as_compiled(french, compiled):
        faults.append(Fault("stale", COMPILED.name, "run scripts/i18n.py compile"))
    return faults


def find_message_faults(message: Message) -> list[Fault]:
    """List what is wrong in one message and its French."""
    name = str(message.id)
    if message.fuzzy:
        return [Fault("fuzzy", name)]
    if not is_translated(message):
        return [Fault("untranslated", name)]
    faults = []
    sources = key_of(message.id)
    for number, text in enumerate(translations_of(message)):
        # The first form speaks of 0 and 1: it may follow either English form.
        allowed = sources if number == 0 else sources[-1:]
        if not any(placeholders(source) == placeholders(text) for source in allowed):
            faults.append(Fault("placeholder", name, text))
        if not any(tags(source) == tags(text) for source in allowed):
            faults.append(Fault("markup", name, text))
        if french_spaces(text) != text:
            faults.append(Fault("spacing", name, text))
        if _STRAIGHT_APOSTROPHE.search(text):
            faults.append(Fault("apostrophe", name, text))
    return faults


def placeholders(text: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the named placeholders of a text, and the positional ones in order."""
    return frozenset(_NAMED.findall(text)), tuple(_POSITIONAL.findall(text))


def tags(text: str) -> Counter[str]:
    """Count the HTML tags of a text."""
    return Counter(tag.lower() for tag in _TAG.findall(text))


def same_as_compiled(french: Catalog, compiled: bytes) -> bool:
    """Tell whether a ``.mo`` holds exactly what the catalogue does."""

    def content(messages: Iterable[Message]) -> dict[Key, tuple[str, ...]]:
        return {key_of(m.id): translations_of(m) for m in messages if m.id}

    if not compiled:
        return False
    rebuilt = read_mo(io.BytesIO(compile_catalog(french)))
    return content(read_mo(io.BytesIO(compiled))) == content(rebuilt)


def committed_faults() -> list[Fault]:
    """List the faults of the committed files, reading no source (no CKAN)."""
    return find_faults(
        read_catalog(FRENCH),
        COMPILED.read_bytes() if COMPILED.exists() else b"",
        read_catalog(TEMPLATE),
        read_catalog(UPSTREAM_TEMPLATE),
        read_core_french(),
    )


def ordered(catalog: Catalog) -> Catalog:
    """Return the same messages in alphabetical order, references sorted."""
    result = new_catalog()
    for message in sorted((m for m in catalog if m.id), key=lambda m: _first(m.id)):
        result.add(message.id, locations=sorted(set(message.locations)))
    return result
