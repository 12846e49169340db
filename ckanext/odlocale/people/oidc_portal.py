"""The provider of this portal: read from its settings, refused where they are wrong."""

from __future__ import annotations

import ckantoolkit as tk
from ckan.exceptions import CkanConfigurationException

from ckanext.odlocale.people.oidc_client import Provider
from ckanext.odlocale.people.oidc_settings import Settings, list_faults, read_settings

_providers: dict[Settings, Provider] = {}


def require_settings() -> None:
    """Check, at start-up, that a login by a provider would be safe.

    :raises CkanConfigurationException: it would not; the message names each setting
        and what to write, and never holds the secret
    """
    faults = list_faults(tk.config)
    if faults:
        raise CkanConfigurationException("Unsafe settings. " + " ".join(faults))


def current_settings() -> Settings | None:
    """Return the settings of the provider; nothing where there is none."""
    return read_settings(tk.config)


def provider_of(settings: Settings) -> Provider:
    """Return the provider of these settings: what it publishes is read once an hour."""
    found = _providers.get(settings)
    if found is None:
        _providers.clear()
        found = _providers[settings] = Provider.of(settings)
    return found


def address_of(endpoint: str) -> str:
    """Return the public address of a page, as the provider knows it: to the letter,
    and from ``ckan.site_url`` alone."""
    path = tk.url_for(endpoint, locale="default", _external=False)
    return str(tk.config["ckan.site_url"]).rstrip("/") + str(path)


def label_of(settings: Settings) -> str:
    """Return what the button says."""
    if settings.label:
        return settings.label
    if settings.is_proconnect:
        return str(tk._("Log in with ProConnect"))
    return str(tk._("Log in with my work account"))
