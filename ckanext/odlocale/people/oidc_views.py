"""Coming in by the provider: going there, coming back, linking an account, logging out.

``/connexion/oidc``. None of these pages exists where no provider is set.
"""

from __future__ import annotations

import logging
import secrets
import time
from typing import Any

import ckantoolkit as tk
from ckan import model
from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import NotFound

from ckanext.odlocale.people import login_views, oidc_arrival, oidc_portal, refusals
from ckanext.odlocale.people import oidc_protocol as protocol
from ckanext.odlocale.people import oidc_session as kept
from ckanext.odlocale.people.contacts import address_of_atd
from ckanext.odlocale.people.guards import (
    Page,
    context_of_user,
    go_to,
    guard,
    show,
)
from ckanext.odlocale.people.oidc_arrival import AccountKnown, Arrival
from ckanext.odlocale.people.oidc_rules import LoginRefused, Person, reason_of_error
from ckanext.odlocale.people.oidc_settings import Settings

log = logging.getLogger(__name__)

oidc = Blueprint("odlocale_oidc", __name__, url_prefix="/connexion/oidc")


@oidc.before_request
def require_provider() -> None:
    """Where no provider is set, there is no such page."""
    if oidc_portal.current_settings() is None:
        raise NotFound()


guard(oidc, login=False)

#: What may be read of an answer of the provider: the rest is nobody's.
_MAX_PARAMETER = 2_000
#: Given up by the person, or a provider that is down: nobody was refused.
_NO_REFUSAL = ("denied", "unavailable")
_STATUS = {"unavailable": 503, "answer": 502, "token": 502, "userinfo": 502}


@oidc.post("")
def start() -> Page:
    """Go to the provider."""
    # The form of a visitor: no session's user, so that the guard lets it through.
    if current_app.config["WTF_CSRF_ENABLED"]:
        current_app.extensions["csrf"].protect()
    settings = _settings()
    user = tk.current_user
    where = request.form.get("next", "")
    attempt = protocol.new_attempt(
        time.time(),
        where if tk.h.url_is_local(where) else "",
        user.id if user.is_authenticated else "",
    )
    try:
        address = protocol.authorization_address(
            oidc_portal.provider_of(settings).metadata(),
            settings,
            attempt,
            oidc_portal.address_of("odlocale_oidc.back"),
        )
    except LoginRefused as error:
        return _refuse(error)
    kept.keep_attempt(attempt)
    return _leave(address)


@oidc.get("/retour")
def back() -> Page:
    """Come back from the provider, and come in."""
    settings = _settings()
    try:
        attempt = kept.take_attempt(_parameter("state"))
        person, id_token = _identify(settings, attempt)
        return _come_in(settings, attempt, person, id_token)
    except LoginRefused as error:
        return _refuse(error)


@oidc.get("/relier")
def confirm() -> Page:
    """Ask whether the provider opens this account from now on."""
    waiting = _waiting_link()
    if waiting is None:
        return _link_is_gone()
    return show("oidc_link", {"person": waiting["person"], "me": tk.current_user})


@oidc.post("/relier")
def link() -> Page:
    """Let the provider open this account, or not."""
    waiting = _waiting_link()
    if waiting is None:
        return _link_is_gone()
    kept.forget_link()
    if request.form.get("answer") != "yes":
        tk.h.flash_notice(tk._("Nothing is linked. Your account stays as it was."))
        return go_to("odlocale_publishing.home")
    user = model.User.get(tk.current_user.id)
    try:
        arrival = oidc_arrival.link(waiting["person"], user, _settings())
    except LoginRefused as error:
        return _refuse(error)
    _note_proof(arrival)
    kept.keep_id_token(waiting["id_token"])
    return go_to(_welcome(arrival, waiting["where"]))


@oidc.get("/acces")
def accesses() -> Page:
    """Show what one's logins give, and until when."""
    if not tk.current_user.is_authenticated:
        return go_to("user.login", came_from=tk.h.url_for("odlocale_oidc.accesses"))
    shown = tk.get_action("odlocale_identity_show")(context_of_user(), {})
    settings = _settings()
    label = oidc_portal.label_of(settings)
    return show("oidc_accesses", {**shown, "label": label, "days": settings.days})


@oidc.get("/deconnexion")
def logged_out() -> Page:
    """Come back from the provider, logged out there too."""
    if not kept.take_logout(_parameter("state")):
        log.info("A logout that this browser did not ask for came back")
    return go_to("user.logged_out_page")


def log_out() -> Page | None:
    """Log out here, then at the provider, where one came in by it.

    :returns: nothing where core's logout is all that there is to do
    """
    id_token = kept.take_id_token()
    settings = oidc_portal.current_settings()
    if not id_token or settings is None or not tk.current_user.is_authenticated:
        return None
    tk.logout_user()
    state = secrets.token_urlsafe(32)
    try:
        address = protocol.logout_address(
            oidc_portal.provider_of(settings).metadata(),
            id_token,
            state,
            oidc_portal.address_of("odlocale_oidc.logged_out"),
        )
    except LoginRefused as error:
        log.warning("Logged out here only: %s", error)
        address = None
    if address is None:
        return go_to("user.logged_out_page")
    kept.keep_logout(state)
    return _leave(address)


def _identify(settings: Settings, attempt: protocol.Attempt) -> tuple[Person, str]:
    """Return who came back.

    :raises LoginRefused: with the reason that the page gives
    """
    provider = oidc_portal.provider_of(settings)
    issuer = request.args.get("iss")
    if issuer != settings.issuer and (
        issuer is not None or provider.metadata().says_issuer
    ):
        raise LoginRefused("answer", "the answer is another issuer's")
    error = _parameter("error")
    if error:
        raise reason_of_error(error, _parameter("error_description"))
    code = _parameter("code")
    if not code:
        raise LoginRefused("answer", "no code")
    redirect_uri = oidc_portal.address_of("odlocale_oidc.back")
    return provider.identify(attempt, code, redirect_uri)


def _come_in(
    settings: Settings, attempt: protocol.Attempt, person: Person, id_token: str
) -> Page:
    here = tk.current_user.id if tk.current_user.is_authenticated else ""
    if here != attempt.user_id:
        raise LoginRefused("state", "somebody else logged in meanwhile")
    if here and oidc_arrival.opens(person, here):
        arrival = oidc_arrival.arrive(person, settings)
        _note_proof(arrival)
        kept.keep_id_token(id_token)
        return go_to(_welcome(arrival, attempt.where))
    if here:
        kept.keep_link(person, id_token, here, attempt.where)
        return go_to("odlocale_oidc.confirm")
    try:
        arrival = oidc_arrival.arrive(person, settings)
    except AccountKnown as known:
        kept.keep_link(person, id_token, known.user_id, attempt.where)
        login = tk.h.url_for("user.login", came_from=attempt.where or None)
        return show("oidc_known", {"email": person.email, "login": login})
    kept.keep_id_token(id_token)
    page: Page = login_views.finish(
        arrival.user,
        _welcome(arrival, attempt.where),
        way="provider",
        proved_twice=person.acr in settings.mfa_acr,
        org_id=arrival.opened_org,
    )
    return page


def _note_proof(arrival: Arrival) -> None:
    """Write for whom somebody who is in already logged in at the provider."""
    if arrival.opened_org is not None:
        login_views.note_login(arrival.user, "provider", arrival.opened_org)
        model.Session.commit()


def _welcome(arrival: Arrival, where: str) -> str:
    """Say what the login gave; return the page to go on with."""
    place = arrival.place
    if arrival.decision in ("enter", "renew") and place is not None:
        if arrival.decision == "enter":
            tk.h.flash_success(tk._("Your access is open. Welcome."))
        desk = tk.h.url_for("odlocale_publishing.collectivity", code=place.code)
        return where or str(desk)
    return str(tk.h.url_for("odlocale_oidc.accesses"))


def _refuse(error: LoginRefused) -> Page:
    log.warning("Login by the provider refused: %s", error)
    if error.reason not in _NO_REFUSAL:
        # In the name of no account: whose answer it would be is not believed.
        refusals.write(error.reason, verb="login refused", object_type="login")
    code = error.detail if error.reason == "provider" else ""
    says = {"reason": error.reason, "code": code, "contact": address_of_atd()}
    return show("oidc_refused", says), _STATUS.get(error.reason, 403)


def _waiting_link() -> dict[str, Any] | None:
    user = tk.current_user
    return kept.link_of(user.id) if user.is_authenticated else None


def _link_is_gone() -> Page:
    tk.h.flash_notice(tk._("This page had expired. Try again."))
    return go_to("user.login")


def _settings() -> Settings:
    settings = oidc_portal.current_settings()
    if settings is None:
        raise NotFound()
    return settings


def _parameter(name: str) -> str:
    found = request.args.get(name, "")
    return found if len(found) <= _MAX_PARAMETER else ""


def _leave(address: str) -> Response:
    """Go to the provider's own page: CKAN's redirections may add a language."""
    return Response(status=303, headers={"Location": address})
