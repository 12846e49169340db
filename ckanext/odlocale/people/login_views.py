"""Coming in: the password, then the second factor where one is needed."""

from __future__ import annotations

import hmac
import time
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.views.user import next_page_or_default, regenerate_session
from flask import Blueprint, current_app, request, session
from flask_wtf.csrf import CSRFError

from ckanext.odlocale.base import journal
from ckanext.odlocale.people import (
    leaving,
    oidc_session,
    passwords,
    proving,
    refusals,
    second_factor,
    sessions,
    throttle,
)
from ckanext.odlocale.people.account_letters import factor_changed
from ckanext.odlocale.people.contacts import tell
from ckanext.odlocale.people.guards import Page, go_to, guard, show
from ckanext.odlocale.people.refused import Reason

login = Blueprint("odlocale_login", __name__, url_prefix="/connexion")

guard(login, login=False)

_PENDING = "odlocale_pending"
#: How long one has, after the password, to give the second factor.
PENDING_SECONDS = 600


def log_in() -> Any:
    """Take the place of core's login, where its form is sent.

    Core would open a session at once, and lets another site send its form.
    """
    if request.method != "POST" or tk.current_user.is_authenticated:
        return None
    try:
        if current_app.config["WTF_CSRF_ENABLED"]:
            current_app.extensions["csrf"].protect()
    except CSRFError:
        return _again(tk._("This page had expired. Try again."), 400)
    # PostgreSQL takes no null sign.
    typed = request.form.get("login", "").replace("\0", "")
    door = throttle.door_of(typed)
    wait = throttle.seconds_to_wait(door)
    if wait:
        _write_refusal("wait", passwords.account_of(typed))
        return _again(_told_to_wait(wait), 429)
    user = passwords.authenticate(typed, request.form.get("password", ""))
    if user is None:
        throttle.fail(door)
        _write_refusal("password", passwords.account_of(typed))
        return _again(tk._("The name or the password is not the right one."), 200)
    oidc_session.take_id_token()
    where = request.args.get("next", request.args.get("came_from"))
    return finish(user, where, way="password")


def finish(
    user: Any,
    where: str | None,
    *,
    way: str,
    proved_twice: bool = False,
    org_id: str | None = None,
) -> Any:
    """Come in, or give a second factor first where one is needed.

    :param where: the page that one wanted
    :param way: ``password`` or ``provider``
    :param proved_twice: whether the provider asked for a second factor
    :param org_id: the organisation that the provider proved one works for
    """
    if second_factor.is_needed(user) and not proved_twice:
        regenerate_session()
        session[_PENDING] = {
            "user": user.id, "at": time.time(), "next": where, "way": way,
            "org_id": org_id, "state": proving.state_of(user),
            "has_factor": second_factor.is_set(user.id),
        }  # fmt: skip
        return go_to("odlocale_login.verify")
    return _come_in(user, where, way, org_id)


def note_login(user: Any, way: str, org_id: str | None) -> None:
    """Write in the journal that somebody logged in, without committing.

    One line for each collectivité that the login is for, which its responsables read.

    :param org_id: for whom, where a provider proved it; a password opens all the
        places where one works
    """
    places: list[str | None] = [org_id]
    if org_id is None:
        places = [*leaving.seats_of(user.id)] or [None]
    for place in places:
        journal.record(
            "logged in", user_id=user.id, org_id=place, object_type="user",
            object_id=user.id, detail={"way": way},
        )  # fmt: skip


@login.get("/verification")
def verify() -> Page:
    """Ask for the second factor, or have it set up first."""
    user = _pending()
    if user is None:
        return _start_again()
    if not second_factor.is_set(user.id):
        return _show_setting_up(user)
    return show("second_factor", {"errors": {}})


@login.post("/verification")
def check() -> Page:
    """Come in with the second factor."""
    user = _pending()
    if user is None:
        return _start_again()
    door = throttle.door_of(user.name, "confirm")
    wait = throttle.seconds_to_wait(door)
    if wait:
        _write_refusal("wait", user)
        errors = {"typed": _told_to_wait(wait)}
        return show("second_factor", {"errors": errors}), 429
    typed = request.form.get("typed", "")
    if not second_factor.is_set(user.id):
        return _set_up(user, door, typed)
    if not second_factor.check(user.id, typed):
        throttle.fail(door)
        _write_refusal("second factor", user)
        errors = {"typed": tk._("This is not the code, or it served already.")}
        return show("second_factor", {"errors": errors}), 400
    throttle.forget(door)
    pending = session.pop(_PENDING)
    came_in: Page = _come_in(
        user, pending["next"], pending["way"], pending.get("org_id")
    )
    return came_in


@login.post("/fermer-partout")
def end_everywhere() -> Page:
    """End all the sessions of who asks."""
    if not tk.current_user.is_authenticated:
        return go_to("user.login")
    context = {"user": tk.current_user.name}
    tk.get_action("odlocale_account_end_sessions")(context, {})
    tk.logout_user()
    tk.h.flash_success(tk._("You are logged out everywhere. Log in again."))
    return go_to("user.login")


def _set_up(user: Any, door: throttle.Door, typed: str) -> Page:
    secret = session[_PENDING].get("secret")
    codes = second_factor.confirm(user.id, typed, secret) if secret else None
    if codes is None:
        throttle.fail(door)
        _write_refusal("second factor", user)
        errors = {"typed": tk._("This is not the code that your telephone shows.")}
        return _show_setting_up(user, errors)
    throttle.forget(door)
    tell(factor_changed("set"), [user])
    pending = session.pop(_PENDING)
    where = pending["next"]
    _come_in(user, where, pending["way"], pending.get("org_id"))
    if oidc_session.link_of(user.id) is not None:
        where = str(tk.h.url_for("odlocale_oidc.confirm"))
    return show("recovery", {"codes": codes, "where": _inside(where)})


def _come_in(user: Any, where: str | None, way: str, org_id: str | None) -> Any:
    sessions.open_session(user)
    note_login(user, way, org_id)
    model.Session.commit()
    throttle.remember(user.name)
    if oidc_session.link_of(user.id) is not None:
        # Proved just now: somebody whom the provider knows waits for this account.
        return go_to("odlocale_oidc.confirm")
    return next_page_or_default(where)


def _write_refusal(reason: Reason, user: Any) -> None:
    """Write who was refused, on the account that was named; nobody's name is kept."""
    refusals.write(reason, object_type="user", object_id=user.id if user else "")


def _inside(where: str | None) -> str:
    if where and tk.h.url_is_local(where):
        return str(where)
    return str(tk.h.url_for("odlocale_publishing.home"))


def _pending() -> Any:
    """Return who gave a first factor here, unless the account changed since: another
    password, sessions ended everywhere, a second factor that was taken away."""
    kept = session.get(_PENDING) or {}
    if time.time() - float(kept.get("at", 0)) > PENDING_SECONDS:
        session.pop(_PENDING, None)
        return None
    user = model.User.get(kept.get("user"))
    if user is None or not user.is_active:
        return None
    same = hmac.compare_digest(str(kept.get("state")), proving.state_of(user))
    lost = kept.get("has_factor") and not second_factor.is_set(user.id)
    if not same or lost:
        session.pop(_PENDING, None)
        return None
    return user


def _start_again() -> Page:
    tk.h.flash_notice(tk._("This page had expired. Try again."))
    return go_to("user.login")


def _show_setting_up(user: Any, errors: dict[str, str] | None = None) -> Page:
    # Of this login only: whoever else knows the password was shown another.
    pending = session[_PENDING]
    secret = pending.setdefault("secret", second_factor.new_secret())
    session[_PENDING] = pending
    drawing = second_factor.drawing_of(user, secret)
    extra = {"drawing": drawing, "secret": secret, "errors": errors or {}}
    page = show("second_factor_set", extra)
    return (page, 400) if errors else page


def _again(sentence: str, status: int) -> Any:
    tk.h.flash_error(sentence)
    return tk.render("user/login.html", {}), status


def _told_to_wait(seconds: int) -> str:
    minutes = -(-seconds // 60)
    said = tk.ungettext(
        "Too many tries. Wait {count} minute, then try again.",
        "Too many tries. Wait {count} minutes, then try again.",
        minutes,
    )
    return str(said.format(count=minutes))
