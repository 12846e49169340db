"""What a check found, as one page of HTML that needs nothing else.

No address outside of the page is loaded: it opens from a mail or a folder, and prints.
Each finding leads to its explanation at the foot of the page, and to the portal's page
where its address is given.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping

from ..base.language import translator
from .explaining import Explanation, UnknownCode, explain, load_words
from .messages import render
from .report import MAX_ROWS, SEVERITIES, Example, FindingGroup, Report, Severity
from .sentences import N_
from .table_schema import TableSchema

SEVERITY_WORDS: Mapping[Severity, str] = {
    "personal": N_("Personal data"),
    "blocks": N_("Blocks"),
    "confirm": N_("To confirm"),
    "correction": N_("Corrections ready"),
    "know": N_("Good to know"),
    "done": N_("Done for you"),
}

_STYLE = """
body{font:1rem/1.5 "Segoe UI",system-ui,sans-serif;color:#1b2a33;background:#fff;
max-width:60rem;margin:2rem auto;padding:0 1rem}
h1,h2,h3,h4{line-height:1.25}h2{margin-top:2.5rem;overflow-wrap:anywhere}
a{color:#005d7a}a:focus{outline:3px solid #111}
code,td,pre{overflow-wrap:anywhere}pre{white-space:pre-wrap;background:#f4f6f7;
padding:.75rem}
table{border-collapse:collapse}caption{text-align:left}
th,td{border:1px solid #66757f;padding:.25rem .5rem;text-align:left;vertical-align:top}
li{margin-bottom:.75rem}ul.findings{padding-left:1.25rem}
.blocks{color:#9b1c1c}.personal{color:#5a2d82}.confirm{color:#7a4a00}
.correction,.done,.ok{color:#1b5e35}
@media print{a[href^=http]::after{content:" (" attr(href) ")"}}
"""

#: One file: its name, its report and model, or why there is none.
Line = tuple[str, Report | None, TableSchema | None, str, str]


def to_page(files: Iterable[Line], lang: str, pages: str = "") -> str:
    """Return the page of several files.

    :param files: name, report, model, and code and message where it was not checked
    :param pages: address of a portal whose pages explain the findings, if any
    """
    speak = translator(lang).gettext
    title = html.escape(speak("Report of checks"))
    codes: dict[str, None] = {}
    parts = [
        f'<!doctype html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{title}</h1>"
    ]
    for name, report, schema, code, message in files:
        parts.append(f"<section>\n<h2>{html.escape(name)}</h2>")
        if report is None or schema is None:
            parts.append(
                f'<p class="blocks"><strong>{html.escape(message)}</strong> '
                f"{_why(code, lang)}</p>"
            )
            codes[code] = None
        else:
            parts += _write_report(report, schema, lang)
            codes |= {group.code: None for group in report.groups}
        parts.append("</section>")
    parts += _explain_all(codes, lang, pages)
    return "\n".join([*parts, "</main>\n</body>\n</html>"])


def _write_report(report: Report, schema: TableSchema, lang: str) -> Iterator[str]:
    speak = translator(lang)
    rows = speak.ngettext("{count} row", "{count} rows", report.rows)
    yield (
        f"<p>{html.escape(schema.label)} {html.escape(report.schema_version)}, "
        f"{html.escape(rows.format(count=report.rows))}.</p>"
    )
    if report.valid:
        told = speak.gettext("Conforms to the national model.")
        yield f'<p class="ok"><strong>{html.escape(told)}</strong></p>'
    for severity in SEVERITIES:
        groups = report.by_severity(severity)
        if not groups:
            continue
        word = html.escape(speak.gettext(SEVERITY_WORDS[severity]))
        yield f'<h3 class="{severity}">{word} ({len(groups)})</h3>'
        yield '<ul class="findings">'
        for group in groups:
            yield from _write_group(group, lang)
        yield "</ul>"


def _write_group(group: FindingGroup, lang: str) -> Iterator[str]:
    speak = translator(lang).gettext
    message = render(group, lang)
    yield f"<li><strong>{html.escape(message.sentence)}</strong>"
    if message.remedy:
        yield html.escape(message.remedy)
    yield _why(group.code, lang)
    if group.rows and group.count > 1:
        told = speak("Rows: {rows}").format(rows=", ".join(map(str, group.rows)))
        more = "…" if group.count > MAX_ROWS else ""
        yield f"<br>{html.escape(told)}{more}"
    if group.examples:
        yield _write_examples(group.examples, group.header or "", lang)
    yield "</li>"


def _write_examples(examples: Iterable[Example], header: str, lang: str) -> str:
    speak = translator(lang).gettext
    corrected = [one for one in examples if one.after is not None]
    kept = corrected or list(examples)
    heads = [speak("Row"), speak("Before"), *([speak("After")] if corrected else [])]
    lines = [
        f"<table><caption>{html.escape(header)}</caption><thead><tr>",
        *(f'<th scope="col">{html.escape(one)}</th>' for one in heads),
        "</tr></thead><tbody>",
    ]
    for one in kept:
        cells = [one.before, *([one.after or ""] if corrected else [])]
        shown = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
        lines.append(f'<tr><th scope="row">{one.row}</th>{shown}</tr>')
    return "".join([*lines, "</tbody></table>"])


def _why(code: str, lang: str) -> str:
    """Return the link to the explanation below; each says of what it is."""
    try:
        one = explain(code)
    except UnknownCode:
        return ""
    why = html.escape(translator(lang).gettext("Why?"))
    return f'<a href="#{_anchor(one)}">{why} ({html.escape(one.title)})</a>'


def _anchor(one: Explanation) -> str:
    return one.page.replace("/", "-")


def _explain_all(codes: Iterable[str], lang: str, pages: str) -> Iterator[str]:
    words = {key: html.escape(text) for key, text in load_words().items()}
    found: dict[str, Explanation] = {}
    for code in codes:
        try:
            one = explain(code)
        except UnknownCode:
            continue
        found[one.code] = one
    if not found:
        return
    heading = html.escape(translator(lang).gettext("What the findings mean"))
    # The explanations are in French, whatever the language of the sentences.
    yield f"<section>\n<h2>{heading}</h2>"
    for one in found.values():
        yield f'<article lang="fr" id="{_anchor(one)}">'
        yield f"<h3>{html.escape(one.title)}</h3><p>{html.escape(one.why)}</p>"
        for key, lines in (("wrong", one.wrong), ("right", one.right)):
            if lines:
                text = html.escape("\n".join(lines))
                yield f"<h4>{words[key]}</h4><pre>{text}</pre>"
        yield f"<h4>{words['remedy']}</h4><p>{html.escape(one.remedy)}</p>"
        yield f"<h4>{words['sources']}</h4><ul>"
        if pages:
            address = html.escape(join_page(pages, one.page), quote=True)
            yield f'<li><a href="{address}">{address}</a></li>'
        for source in one.sources:
            address = html.escape(source.url, quote=True)
            yield f'<li><a href="{address}">{html.escape(source.text)}</a></li>'
        yield "</ul></article>"
    yield "</section>"


def join_page(pages: str, page: str) -> str:
    """Return the address of a page on a portal.

    >>> join_page("https://data.exemple.fr/", "controles/date-french")
    'https://data.exemple.fr/controles/date-french'
    """
    return f"{pages.rstrip('/')}/{page}"
