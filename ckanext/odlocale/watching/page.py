"""``/sante`` for a person: a page that needs no server of the portal's.

Pure: the translations are files.
"""

from __future__ import annotations

from html import escape

from ckanext.odlocale.base.language import translator
from ckanext.odlocale.watching.health import NAMES, Report, State


def _(text: str) -> str:
    """Mark a message for translation, where nothing is translated yet."""
    return text


WORDS: dict[State, str] = {
    "ok": _("It works"),
    "degraded": _("It works, to be looked at"),
    "down": _("It does not answer"),
}
TITLES: dict[State, str] = {
    "ok": _("The portal works"),
    "degraded": _("The portal works, something is late"),
    "down": _("The portal does not work"),
}
_PAGE = """<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ margin: 8vh auto; max-width: 38rem; padding: 0 1.5rem;
  font: 1.125rem/1.6 system-ui, sans-serif; color: #1b1b1b; background: #fff; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ border-bottom: 1px solid #66757f; padding: .4rem .5rem .4rem 0;
  text-align: left; font-weight: normal; }}
thead th {{ font-weight: bold; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<table>
<thead><tr><th scope="col">{part}</th><th scope="col">{state}</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
</main>
</body>
</html>
"""


def write_page(report: Report, lang: str) -> str:
    """Return the page of a report.

    :param lang: the portal's language (``fr``)
    """
    said = translator(lang).gettext
    rows = "\n".join(
        f'<tr><th scope="row">{escape(said(NAMES[name]))}</th>'
        f"<td>{escape(said(WORDS[part.state]))}</td></tr>"
        for name, part in report.parts.items()
    )
    return _PAGE.format(
        lang=escape(lang),
        title=escape(said(TITLES[report.state])),
        part=escape(said(_("Part of the portal"))),
        state=escape(said(_("Its state"))),
        rows=rows,
    )
