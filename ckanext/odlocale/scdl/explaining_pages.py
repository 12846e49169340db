"""The pages of the checks, written for a terminal or in Markdown. French."""

from __future__ import annotations

from collections.abc import Sequence

from .explaining import Explanation, list_families, load_words
from .explaining_examples import tell_wrong


def to_text(one: Explanation) -> str:
    """Return what a person reads in a terminal."""
    words = load_words()
    parts = [f"{one.title} [{one.code}]", *_paragraph(words["why"], one.why)]
    if said := _said(one):
        parts += _paragraph(words["said"], said)
    parts += _lines(words["wrong"], one.wrong) + _lines(words["right"], one.right)
    parts += _paragraph(words["remedy"], one.remedy)
    sources = [f"  {source.text}\n  {source.url}" for source in one.sources]
    return "\n".join([*parts, "", words["sources"], *sources])


def _paragraph(heading: str, text: str) -> list[str]:
    return ["", heading, f"  {text}"]


def _lines(heading: str, lines: Sequence[str]) -> list[str]:
    return ["", heading, *(f"  {line}" for line in lines)] if lines else []


def to_markdown(one: Explanation) -> str:
    """Return the page of a check, as ``docs/controles`` keeps it."""
    words = load_words()
    parts = [
        f"<!-- {words['generated']} -->",
        f"# {one.title}",
        f"{words['code']} : `{one.code}`".replace(" :", "\u00a0:"),
        f"## {words['why']}",
        one.why,
    ]
    if said := _said(one):
        parts += [f"## {words['said']}", f"> {said}"]
    for heading, lines in (("wrong", one.wrong), ("right", one.right)):
        if lines:
            parts += [f"## {words[heading]}", _fence(lines)]
    parts += [f"## {words['remedy']}", one.remedy, f"## {words['sources']}"]
    parts.append("\n".join(f"- [{each.text}]({each.url})" for each in one.sources))
    parts.append(f"[{words['every']}](README.md)")
    return "\n\n".join(parts) + "\n"


def to_index() -> str:
    """Return the list of the pages, in Markdown."""
    words = load_words()
    parts = [f"<!-- {words['generated']} -->", f"# {words['index']}", words["lead"]]
    for family, checks in list_families().items():
        parts.append(f"## {family}")
        parts.append("\n".join(f"- [{one.title}]({name_file(one)})" for one in checks))
    return "\n\n".join(parts) + "\n"


def name_file(one: Explanation) -> str:
    """Return the name of the Markdown file of a check."""
    return f"{one.page.rpartition('/')[2]}.md"


def _said(one: Explanation) -> str:
    tried = tell_wrong(one.code)
    if tried is None or tried.message is None:
        return ""
    return f"{tried.message.sentence} {tried.message.remedy}".rstrip()


def _fence(lines: Sequence[str]) -> str:
    # Longer than any fence that a line could hold.
    return "\n".join(["````csv", *lines, "````"])
