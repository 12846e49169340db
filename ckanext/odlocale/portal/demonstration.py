"""Publish invented data for a few communes, through the desk's own actions.

python -m ckanext.odlocale.portal.demonstration --ini FILE --departement 56
"""

from __future__ import annotations

import argparse
import datetime
import io
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.cli import CKANConfigLoader
from ckan.config.middleware import make_app

from ckanext.odlocale.base.language import translator
from ckanext.odlocale.observatory import exporting, recording
from ckanext.odlocale.portal.people import choose_commune
from ckanext.odlocale.portal.samples import budget_csv, deliberations_csv
from ckanext.odlocale.publishing.model import Deposit
from ckanext.odlocale.territory.identifiers import default_siret
from ckanext.odlocale.territory.register import Collectivity, Register
from ckanext.odlocale.territory.tables import Collectivity as Row

_ = translator().gettext
YEAR = 2025
#: Over which publications are spread.
YEAR_DAYS = 365


def main() -> None:
    """Publish for as many communes as asked, and say for which."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ini", required=True)
    parser.add_argument("--departement", required=True)
    parser.add_argument("--communes", type=int, default=5)
    options = parser.parse_args()
    flask_app = make_app(CKANConfigLoader(options.ini).get_config())._wsgi_app
    with flask_app.test_request_context():
        communes = chosen(options.departement, options.communes)
        today = datetime.date.today()
        for rank, commune in enumerate(communes):
            row = Row.by_code(str(commune.insee))
            if row and row.org_id:
                published = publish_samples(commune, row.org_id)
                print(f"  {commune.name}: {published}", flush=True)
                # One after the other, over the last year.
                ago = YEAR_DAYS * (len(communes) - rank) // (len(communes) + 1)
                date_releases(row.siren, today - datetime.timedelta(ago))
        recording.record(today, again=True)
        exporting.write_all()


def date_releases(siren: str, day: datetime.date) -> None:
    """Let what was just published have been on another day: the year has a history."""
    model.Session.execute(
        sa.update(Deposit)
        .where(Deposit.siren == siren, Deposit.state == "published")
        .values(
            published_at=datetime.datetime.combine(
                day, datetime.time(12), datetime.timezone.utc
            )
        )
    )
    model.Session.commit()


def chosen(departement: str, count: int) -> list[Collectivity]:
    """Communes spread over the département; not the demonstration agent's.

    Hers stays empty, so that one sees a first publication.
    """
    members = Register.load().departement(departement)
    hers = choose_commune(members, "")
    communes = [c for c in members if c.kind == "commune" and c != hers]
    step = max(1, len(communes) // max(1, count))
    return communes[::step][:count]


def publish_samples(commune: Collectivity, org_id: str) -> str:
    """Publish a budget and decisions; what is online already stays."""
    siret = default_siret(commune.siren)
    files = {
        "budget.csv": budget_csv(commune.name, siret, YEAR),
        "deliberations.csv": deliberations_csv(commune.name, siret, YEAR),
    }
    return ", ".join(publish(org_id, name, data) for name, data in files.items())


def publish(org_id: str, filename: str, content: bytes) -> str:
    """Deposit, correct and publish one file.

    :returns: its permanent address
    :raises ckantoolkit.ValidationError: what blocks it
    """

    def act(name: str, **data: Any) -> dict[str, Any]:
        user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
        context = {"user": user["name"], "ignore_auth": True}
        result: dict[str, Any] = tk.get_action(f"odlocale_deposit_{name}")(
            context, data
        )
        return result

    deposit = act(
        "create", org_id=org_id, upload=io.BytesIO(content), filename=filename
    )
    if deposit.get("online"):
        # Published by an earlier demonstration: nothing is replaced by itself.
        act("delete", id=deposit["id"])
        return str(deposit["address"])
    act("correct", id=deposit["id"])
    notes = _(
        "Invented data, published to demonstrate this portal. They describe no "
        "real decision and no real amount, and must not be reused as such."
    )
    act("answer", id=deposit["id"], wishes={"notes": notes})
    return str(act("publish", id=deposit["id"])["address"])


if __name__ == "__main__":
    main()
