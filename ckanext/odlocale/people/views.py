"""Pages about who works for a collectivité, ``/equipe``."""

from __future__ import annotations

from flask import Blueprint

from ckanext.odlocale.people import (
    journal_views,
    mandate_views,
    oidc_team_views,
    refusals,
    team_views,
    token_views,
)
from ckanext.odlocale.people.account_views import own_account
from ckanext.odlocale.people.admins_views import admins
from ckanext.odlocale.people.call_limits import every_call
from ckanext.odlocale.people.guards import guard
from ckanext.odlocale.people.joining_views import joining
from ckanext.odlocale.people.login_views import login
from ckanext.odlocale.people.oidc_views import oidc
from ckanext.odlocale.people.password_views import password
from ckanext.odlocale.people.perimeter_views import invitations

people = Blueprint("odlocale_people", __name__, url_prefix="/equipe")

guard(people)
mandate_views.add_routes(people)
team_views.add_routes(people)
journal_views.add_routes(people)
oidc_team_views.add_routes(people)
token_views.add_routes(people)

people.after_app_request(refusals.watch)

blueprints = [
    people, joining, login, oidc, own_account, password, invitations, admins,
    every_call,
]  # fmt: skip
