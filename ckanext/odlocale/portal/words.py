"""What the ``odlocale`` command says, in the words of who starts a portal."""

from __future__ import annotations

from ckanext.odlocale.base.language import translator

_ = translator().gettext


def phase_label(name: str) -> str:
    """What a phase of the start does."""
    labels = {
        "postgresql": _("PostgreSQL, the database"),
        "valkey": _("Valkey, the queue of jobs"),
        "download": _("Solr's libraries (downloaded once)"),
        "solr": _("Solr, French search"),
        "prepare": _("Preparing CKAN"),
        "database": _("Tables created or updated"),
        "translations": _("French texts of the pages"),
        "territory": _("Communes and groupings of the département"),
        "accounts": _("Accounts to try with"),
        "feeds": _("Feeds for data.gouv.fr"),
        "web": _("CKAN, the web server"),
        "worker": _("CKAN's worker"),
    }
    return labels.get(name, name)


def explain(code: str, detail: str) -> str:
    """Why the portal cannot start, and what to do about it."""
    reasons = {
        "port": _(
            "Port {detail} is used by another program.\n"
            "Choose another one: ODLOCALE_PORT=5050 make portal"
        ),
        "disk": _(
            "Only {detail} MB are free here, 500 are needed.\n"
            "Free some space, or choose another folder with ODLOCALE_HOME."
        ),
        "download": _(
            "Solr's libraries could not be downloaded.\n"
            "Check the network or the proxy, then type make portal again.\n{detail}"
        ),
        "server": _("A server did not start: {detail}"),
        "prepare": _("CKAN could not be prepared. Its log says why: {detail}"),
        "departement": _(
            "No département has the code {detail}.\n"
            "Examples: ODLOCALE_DEPARTEMENT=56, 2A or 974."
        ),
        "commune": _(
            "No commune of this département has the INSEE code {detail}.\n"
            "Give its five characters, such as ODLOCALE_COMMUNE=56046."
        ),
        "busy": _(
            "Another command is starting this portal ({detail}).\nWait until it ends."
        ),
    }
    return reasons[code].format(detail=detail)
