"""Coming in by a provider, in a browser: the portal's own pages, a real Keycloak.

A second web process of the journeys' portal, whose public address is where the browser
reaches it: the provider sends back to the registered address, to the letter.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from ckanext.odlocale.portal.home import free_port
from ckanext.odlocale.territory.identifiers import default_siret
from ckanext.odlocale.territory.register import Register
from tests.integration.mailbox import Mailbox
from tests.journeys.conftest import SITE_URL, Portal, log_in
from tests.journeys.test_every_page import inspect
from tests.journeys.test_people import letter_to, mailbox, new_address, someone
from tests.keycloak import Keycloak, running_keycloak, wait_for

__all__ = ["mailbox", "someone"]

CRACH, LOCMARIAQUER = "56046", "56116"
CCAS = "26560046100018"
LABEL = "S'identifier avec ProConnect"
PASSWORD = "Huitres-de-la-Trinite-1907"
Claims = dict[str, str]


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keycloak]:
    with running_keycloak(tmp_path_factory.mktemp("keycloak")) as running:
        yield running


@pytest.fixture(scope="module")
def office(
    portal: Portal, provider: Keycloak, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Portal]:
    """The portal, at an address where the provider sends back to."""
    port = free_port(set())
    address = f"http://127.0.0.1:{port}"
    provider.redirect_uris.append(f"{address}/connexion/oidc/retour")
    provider.logout_uris.append(f"{address}/connexion/oidc/deconnexion")
    provider.open_realm()
    folder = tmp_path_factory.mktemp("office")
    ini = folder / "ckan.ini"
    ini.write_text(configuration(portal, provider, address), encoding="utf-8")
    environ = {
        **os.environ,
        "CKAN_INI": str(ini),
        "CKAN_SMTP_SERVER": f"127.0.0.1:{portal.smtp_port}",
        "CKAN_SMTP_MAIL_FROM": "portail@opendata.example.fr",
    }
    command = [
        *(sys.executable, "-m", "gunicorn", "ckanext.odlocale.portal.wsgi"),
        *("--bind", f"127.0.0.1:{port}", "--threads", "4"),
    ]
    log = folder / "web.log"
    with log.open("wb") as output:
        web = subprocess.Popen(command, env=environ, stdout=output, stderr=output)
        try:
            wait_for(f"{address}/about", web, log)
            yield replace(portal, address=address)
        finally:
            web.terminate()
            web.wait(20)


def configuration(portal: Portal, provider: Keycloak, address: str) -> str:
    """The portal's own configuration, at another address and with a provider."""
    text = portal.home.ini.read_text("utf-8").replace(SITE_URL, address)
    lines = []
    for name, value in provider.settings(label=LABEL, acr="eidas1").items():
        lines.append(f"{name} = {value}")
    return text.replace("use = egg:ckan\n", "\n".join(["use = egg:ckan", *lines, ""]))


def siret_of(insee: str) -> str:
    (found,) = (one for one in Register.load().departement("56") if one.insee == insee)
    return default_siret(found.siren)


def person(name: str, siret: str, **claims: str) -> Claims:
    return {
        "username": f"compte-{uuid.uuid4().hex}",
        "siret": siret,
        "email": new_address(name.split()[0].lower()),
        "given_name": name.split()[0],
        # The portal of the journeys is kept from one run to the next.
        "usual_name": f"{name.split()[1]} {uuid.uuid4().hex[:6]}",
        "organization_label": "Mairie",
        **claims,
    }


def press(page: Page, office: Portal, provider: Keycloak, who: Claims) -> None:
    """Press the button, then log in at the provider's."""
    provider.know(who["username"], PASSWORD, who)
    page.goto(office.url("/user/login"))
    page.get_by_role("button", name=LABEL).click()
    page.wait_for_url(f"{provider.address}/**")
    page.locator("#username").fill(who["username"])
    page.locator("#password").fill(PASSWORD)
    page.locator("#kc-login").click()
    page.wait_for_url(f"{office.address}/**")


def log_out(page: Page) -> None:
    page.locator("details.odl-menu summary").click()
    page.get_by_role("button", name="Se déconnecter").first.click()
    expect(page.get_by_role("heading", name="Vous êtes déconnecté")).to_be_visible()


def test_an_agent_comes_in_then_with_another_siret_then_leaves(
    office: Portal,
    provider: Keycloak,
    mailbox: Mailbox,
    someone: Callable[[], Page],
) -> None:
    who = person("Soizig Tanguy", siret_of(LOCMARIAQUER))
    agent = someone()
    agent.goto(office.url("/user/login"))
    inspect(agent, "proconnect-connexion")
    press(agent, office, provider, who)
    expect(agent).to_have_url(office.url(f"/publier/{LOCMARIAQUER}"))
    expect(agent.get_by_text("Votre accès est ouvert")).to_be_visible()
    inspect(agent, "proconnect-bureau")
    assert provider.sessions(who["username"]) == 1
    log_out(agent)
    assert not provider.sessions(who["username"]), "logged out at the provider too"

    # The same person chooses her other town hall: somebody there must say yes.
    press(agent, office, provider, {**who, "siret": siret_of(CRACH)})
    expect(agent.get_by_role("heading", name="Vos accès")).to_be_visible()
    expect(agent.get_by_text("En attente de réponse")).to_be_visible()
    inspect(agent, "proconnect-acces")
    agent.goto(office.url(f"/publier/{CRACH}"))
    expect(
        agent.get_by_role("heading", name="réservée à une autre mairie")
    ).to_be_visible()

    animator = someone()
    log_in(animator, office, "animatrice")
    animator.goto(office.url(f"/equipe/{CRACH}"))
    name = f"Soizig {who['usual_name']}"
    expect(animator.get_by_role("heading", name=name)).to_be_visible()
    inspect(animator, "proconnect-equipe")
    animator.get_by_role(
        "button", name=f"Laisser cette personne publier {name}"
    ).click()
    expect(animator.get_by_text("Cette personne peut publier")).to_be_visible()
    assert "Crach" in letter_to(mailbox, who["email"])

    for code in (CRACH, LOCMARIAQUER):
        agent.goto(office.url(f"/publier/{code}"))
        expect(
            agent.get_by_role("heading", name="vos données", level=1)
        ).to_be_visible()


def test_a_ccas_is_recognised_by_the_animator(
    office: Portal,
    provider: Keycloak,
    mailbox: Mailbox,
    someone: Callable[[], Page],
) -> None:
    who = person("Nolwenn Riou", CCAS, organization_label="CCAS de Crach")
    agent = someone()
    press(agent, office, provider, who)
    expect(agent.get_by_role("heading", name="CCAS de Crach")).to_be_visible()
    animator = someone()
    log_in(animator, office, "animatrice")
    letter = letter_to(mailbox, "opendata@essai.example.org")
    link = re.search(re.escape(office.address) + r"\S+", letter)
    assert link
    animator.goto(link.group())
    card = animator.locator("section", has_text=who["usual_name"])
    card.get_by_role("button", name="Laisser cette personne publier").click()
    expect(animator.get_by_role("alert")).to_contain_text("code INSEE")
    inspect(animator, "proconnect-organismes")
    card = animator.locator("section", has_text=who["usual_name"])
    card.get_by_label("Collectivité où travaille").fill(CRACH)
    card.get_by_role("button", name="Laisser cette personne publier").click()
    expect(animator.get_by_text("Cette personne peut publier")).to_be_visible()
    agent.goto(office.url(f"/publier/{CRACH}"))
    expect(agent.get_by_role("heading", name="vos données", level=1)).to_be_visible()


def test_whoever_has_an_account_proves_it_once(
    office: Portal,
    provider: Keycloak,
    mailbox: Mailbox,
    someone: Callable[[], Page],
) -> None:
    email = office.run_ckan("user", "show", "agent")
    address = re.search(r"email=(\S+)", email)
    assert address
    who = person("Agent Essai", siret_of(CRACH), email=address.group(1))
    agent = someone()
    press(agent, office, provider, who)
    expect(
        agent.get_by_role("heading", name="Vous avez déjà un compte")
    ).to_be_visible()
    inspect(agent, "proconnect-compte-connu")
    agent.get_by_role("link", name="Me connecter avec mon mot de passe").click()
    agent.locator("input[name=login]").fill("agent")
    agent.locator("input[name=password]").fill(office.accounts["agent"]["password"])
    agent.get_by_role("button", name="Se connecter").last.click()
    expect(agent.get_by_role("heading", name="Relier vos deux comptes")).to_be_visible()
    inspect(agent, "proconnect-relier")
    agent.get_by_role("button", name="Oui, les relier").click()
    expect(agent).to_have_url(office.url(f"/publier/{CRACH}"))


def test_a_login_without_a_siret_is_told_in_words(
    office: Portal, provider: Keycloak, someone: Callable[[], Page]
) -> None:
    agent = someone()
    press(agent, office, provider, person("Erwan Guillou", ""))
    expect(
        agent.get_by_role("heading", name="Votre organisme n’est pas connu").first
    ).to_be_visible()
    inspect(agent, "proconnect-sans-siret")
    agent.get_by_role("link", name="Revenir à la connexion").click()
    expect(agent.get_by_role("button", name=LABEL)).to_be_visible()
