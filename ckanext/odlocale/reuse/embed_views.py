"""Blocks for other sites, ``/integrer`` and ``/badge``: public, framable, no cookie."""

from __future__ import annotations

import base64
import datetime
import hashlib
from typing import Any

import ckantoolkit as tk
from flask import Blueprint, Response, request

from ckanext.odlocale.people.letters import absolute
from ckanext.odlocale.publishing.guards import Page, describe_owner, guard, owner_of
from ckanext.odlocale.reuse.embeds import (
    Theme,
    build_atom,
    build_badge,
    build_script,
    with_query,
    write_lines,
)
from ckanext.odlocale.reuse.showing import entries_of, items_of, standing_of
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.territory.tables import Collectivity

embeds = Blueprint("odlocale_embeds", __name__)
embed_codes = Blueprint("odlocale_embed_codes", __name__, url_prefix="/publier")

guard(embed_codes)

#: Colours that an address may ask for, and what they colour.
COLOURS = {"texte": "text", "fond": "background", "lien": "link"}


@embeds.get("/integrer/<code>")
def block(code: str) -> Response:
    """Show what a collectivité publishes, as a page for a frame."""
    return _block(code, None)


@embeds.get("/integrer/<code>/<schema>")
def block_of(code: str, schema: str) -> Response:
    """Show one data of a collectivité, as a page for a frame."""
    if schema not in load_catalogue():
        return _absent()
    return _block(code, schema)


@embeds.get("/integrer/<code>.js")
def script(code: str) -> Response:
    """Send the script that puts the list in the page it is called from."""
    place = _place(code)
    if place is None:
        return _absent()
    schema = request.args.get("donnees")
    theme = Theme.read(request.args)
    asked = {
        name: getattr(theme, name)
        for arg, name in COLOURS.items()
        if arg in request.args
    }
    written = build_script(_title(place), items_of(place, schema), asked)
    return _send(written.encode(), "text/javascript; charset=utf-8")


@embeds.get("/integrer/<code>.atom")
def atom(code: str) -> Response:
    """Send the feed of releases."""
    place = _place(code)
    if place is None:
        return _absent()
    written = build_atom(
        _title(place),
        place.name,
        absolute("odlocale_embeds.atom", code=place.code),
        _page_of(place),
        entries_of(place),
        datetime.datetime(place.cog_vintage, 1, 1, tzinfo=datetime.timezone.utc),
    )
    return _send(written, "application/atom+xml; charset=utf-8")


@embeds.get("/badge/<code>.svg")
def badge(code: str) -> Response:
    """Send the badge: how many data are online, grey where one is late."""
    place = _place(code)
    if place is None:
        return _absent()
    count, fresh = standing_of(place)
    label = str(tk._("Open data"))
    if not count:
        value = str(tk._("none yet"))
    elif fresh:
        value = str(tk._("{count}, up to date").format(count=count))
    else:
        value = str(tk._("{count}, to be updated").format(count=count))
    title = f"{place.name} – {label} – {value}"
    return _send(build_badge(label, value, fresh, title).encode(), "image/svg+xml")


@embed_codes.get("/<code>/integrer")
def codes(code: str) -> Page:
    """Show an agent what to copy into the site of the collectivité."""
    owner = owner_of(code)
    theme = Theme.read(request.args)
    chosen = {
        arg: getattr(theme, name).removeprefix("#")
        for arg, name in COLOURS.items()
        if request.args.get(arg)
    }
    addresses = {
        name: absolute(f"odlocale_embeds.{name}", code=owner.code)
        for name in ("block", "script", "atom", "badge")
    }
    schema = request.args.get("donnees", "")
    if schema in load_catalogue():
        # One data only: the frame has an address of it, the script is told.
        where = {"code": owner.code, "schema": schema}
        addresses["block"] = absolute("odlocale_embeds.block_of", **where)
        addresses["script"] += f"?donnees={schema}"
    colours = "&".join(f"{k}={v}" for k, v in chosen.items())
    extra = {
        "theme": theme,
        "lines": write_lines(addresses, colours, _page_of(owner), _title(owner)),
        "feed": addresses["atom"],
        "title": _title(owner),
        "preview": with_query(addresses["block"], colours),
        "models": [(one.slug, one.label) for one in load_catalogue()],
        "schema": schema,
    }
    shown = {**describe_owner(owner), **extra}
    return str(tk.render("reuse/embed_codes.html", shown))


def _block(code: str, schema: str | None) -> Response:
    place = _place(code)
    if place is None:
        return _absent()
    style = Theme.read(request.args).style()
    extra: dict[str, Any] = {
        "title": _title(place),
        "items": items_of(place, schema),
        "style": style,
        "page": _page_of(place),
    }
    page = str(tk.render("reuse/embed.html", extra))
    response = _send(page.encode(), "text/html; charset=utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    # The one page of the portal that any site may frame; it can do nothing there.
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors *"
    )
    return response


def _place(code: str) -> Collectivity | None:
    found = Collectivity.by_code(code.upper())
    return found if found is not None and found.org_id else None


def _title(place: Collectivity) -> str:
    return str(tk._("{name}: open data").format(name=place.name))


def _page_of(place: Collectivity) -> str:
    if place.insee:
        return absolute("odlocale_territory.commune", insee=place.insee)
    return absolute("odlocale_territory.collectivite", siren=place.siren)


def _send(body: bytes, content_type: str) -> Response:
    """Answer with a fingerprint, so that a site asks again for nothing."""
    response = Response(body, content_type=content_type)
    response.set_etag(hashlib.sha256(body).hexdigest())
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.make_conditional(request)
    return response


def _absent() -> Response:
    said = tk._("This collectivité is not on the portal. Check its code.")
    return Response(f"{said}\n", 404, content_type="text/plain; charset=utf-8")
