"""What is required before the portal starts: settings that are right, servers that
answer. One line says what is not, and CKAN's processes stop there."""

from __future__ import annotations

import logging
import sys
from typing import Final

import ckantoolkit as tk
from ckan.exceptions import CkanConfigurationException

from ckanext.odlocale.legal import pages
from ckanext.odlocale.watching import health, probes, settings

log = logging.getLogger(__name__)

_OPTIONS: Final = {
    "database": "sqlalchemy.url",
    "tables": "ckan.datastore.read_url",
    "valkey": "ckan.redis.url",
    "search": "solr_url",
}
#: ``ckan db upgrade`` makes what the others need, and needs no search.
_PREPARING: Final = frozenset({"db", "datastore", "config"})


def require_settings() -> None:
    """:raises CkanConfigurationException: a setting is wrong; one line names each"""
    faults = settings.list_faults(tk.config)
    if faults:
        raise CkanConfigurationException(f"odlocale: {' '.join(faults)}")
    for warning in pages.warnings(pages.read_facts(tk.config)):
        log.warning(warning)


def require_servers() -> None:
    """Ask the servers that nothing works without.

    :raises CkanConfigurationException: one does not answer; one line names it and the
        setting that has its address, not the address, which may hold a password
    """
    asked: dict[str, health.Probe] = {
        "database": probes.connects_to("sqlalchemy.url"),
        "tables": probes.connects_to("ckan.datastore.read_url"),
        "valkey": probes.answers_ping,
    }
    if not _PREPARING & set(sys.argv[1:5]):
        asked["search"] = probes.answers_search
    report = health.ask(asked)
    silent = [name for name, part in report.parts.items() if part.state == "down"]
    if silent:
        said = "; ".join(f"{health.NAMES[one]} ({_OPTIONS[one]})" for one in silent)
        raise CkanConfigurationException(f"odlocale: no answer from: {said}.")
