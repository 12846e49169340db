"""Pages about who works for a collectivité, ``/equipe``."""

from __future__ import annotations

from flask import Blueprint

from ckanext.odlocale.people import (
    journal_views,
    mandate_views,
    team_views,
    token_views,
)
from ckanext.odlocale.people.guards import guard
from ckanext.odlocale.people.joining_views import joining
from ckanext.odlocale.people.login_views import login

people = Blueprint("odlocale_people", __name__, url_prefix="/equipe")

guard(people)
mandate_views.add_routes(people)
team_views.add_routes(people)
journal_views.add_routes(people)
token_views.add_routes(people)

blueprints = [people, joining, login]
