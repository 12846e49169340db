"""Pages behind the links of letters, ``/rappel``. A GET never acts."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model
from flask import Blueprint, request

from ckanext.odlocale.base.mail import LetterNotSent, send
from ckanext.odlocale.people.guards import Page, context_of_user, go_to, guard
from ckanext.odlocale.reminders import letters
from ckanext.odlocale.reminders.links import Answer, LinkRefused, read_answer
from ckanext.odlocale.scdl.catalogue import load_catalogue
from ckanext.odlocale.territory.tables import Collectivity

reminders = Blueprint("odlocale_reminders", __name__, url_prefix="/rappel")
mine = Blueprint("odlocale_my_letters", __name__, url_prefix="/rappel")
blueprints = [reminders, mine]

guard(reminders, login=False)
guard(mine)


@reminders.get("/rien/<token>")
def nothing(token: str) -> Page:
    """Ask to confirm that there is nothing to publish."""
    return _show_answer(token, *_answer_of(token))


@reminders.post("/rien/<token>")
def answer_nothing(token: str) -> Page:
    """Keep the answer of who received the letter, or take it back."""
    answer, user, place = _answer_of(token)
    undoes = request.form.get("answer") == "undo"
    action = "odlocale_answer_undo" if undoes else "odlocale_answer_nothing"
    # In the name of the person whose letter it is: rights are those of today.
    done = tk.get_action(action)(
        {"user": user.name, "ignore_auth": False},
        {"org_id": place.org_id, "schema": answer.schema, "year": answer.year},
    )
    if done.get("new"):
        _confirm(place, user, answer)
    return go_to("odlocale_reminders.nothing", token=token)


def _confirm(place: Collectivity, user: Any, answer: Answer) -> None:
    """Write that the answer is kept. It counts even where the letter does not leave."""
    label = load_catalogue().get(answer.schema).label
    try:
        letter = letters.answer_kept(place, answer, label)
        send(letter, name=user.display_name, address=user.email)
    except LetterNotSent:
        tk.h.flash_notice(tk._("Your answer is kept. No letter could be sent."))


def _show_answer(token: str, answer: Answer, user: Any, place: Collectivity) -> str:
    asked = {"org_id": place.org_id}
    context = {"user": user.name, "ignore_auth": False}
    known = tk.get_action("odlocale_answer_list")(context, asked)
    extra = {
        "owner": place,
        "schema": load_catalogue().get(answer.schema),
        "year": answer.year,
        "answered": {"schema": answer.schema, "year": answer.year} in known,
        "here": tk.h.url_for("odlocale_reminders.nothing", token=token),
        "signed": True,
    }
    return str(tk.render("publishing/nothing.html", extra))


def _answer_of(token: str) -> tuple[Answer, Any, Collectivity]:
    """Return what a link is about: the answer, who received it, the collectivité.

    :raises ckan.plugins.toolkit.ObjectNotFound: the link, or what it names, is gone
    """
    try:
        answer = read_answer(token, letters.secret())
    except LinkRefused as error:
        raise tk.ObjectNotFound() from error
    user = model.User.get(answer.user_id)
    place = Collectivity.by_code(answer.siren)
    if user is None or not user.is_active or place is None or place.org_id is None:
        raise tk.ObjectNotFound()
    if answer.schema not in load_catalogue():
        raise tk.ObjectNotFound()
    return answer, user, place


@reminders.get("/arret/<token>")
def stop(token: str) -> Page:
    """Say which letters are sent, and ask before changing it."""
    shown = tk.get_action("odlocale_letter_show")({"user": ""}, {"token": token})
    extra = {**shown, "here": tk.h.url_for("odlocale_reminders.stop", token=token)}
    return str(tk.render("reminders/stop.html", extra))


@reminders.post("/arret/<token>")
def change(token: str) -> Page:
    """Stop letters, or send them again.

    A mail program posts here by itself, with no field of ours (RFC 8058): it stops.
    """
    again = request.form.get("answer") == "resume"
    action = "odlocale_letter_resume" if again else "odlocale_letter_stop"
    tk.get_action(action)({"user": ""}, {"token": token})
    return go_to("odlocale_reminders.stop", token=token)


@mine.get("/mes-rappels")
def preferences() -> Page:
    """Go to the page of one's own reminders."""
    address = letters.stop_address(context_of_user()["auth_user_obj"].id, "reminders")
    return go_to("odlocale_reminders.stop", token=address.rpartition("/")[2])
