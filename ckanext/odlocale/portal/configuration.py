"""CKAN's configuration file for the embedded portal, as text.

Pure: the same text is used by the portal (``ckan.ini``) and, with other
servers, by whoever copies it as a start for production.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Order matters: a plugin's templates and translations win over those listed
#: after it, and odlocale completes core's French before all others. The DataStore,
#: which translates nothing, comes before: its last backend listed is the one used.
PLUGINS = "datastore odlocale activity dcat scheming_datasets scheming_organizations"

LOGGING = """
[loggers]
keys = root, ckan, ckanext

[handlers]
keys = console

[formatters]
keys = generic

[logger_root]
level = WARNING
handlers = console

[logger_ckan]
level = INFO
handlers = console
qualname = ckan
propagate = 0

[logger_ckanext]
level = INFO
handlers = console
qualname = ckanext
propagate = 0

[handler_console]
class = StreamHandler
args = (sys.stderr,)
level = NOTSET
formatter = generic

[formatter_generic]
format = %(asctime)s %(levelname)-5.5s [%(name)s] %(message)s
"""


def portal_settings(
    *,
    site_url: str,
    secret: str,
    sqlalchemy_url: str,
    datastore_write_url: str,
    datastore_read_url: str,
    redis_url: str,
    solr_url: str,
    storage_path: str,
    atd_name: str,
    contact_email: str,
) -> dict[str, str]:
    """Settings of a portal, by CKAN's option names.

    :param site_url: public address, without a trailing slash
    :param secret: key that signs sessions and tokens; 32 characters or more
    :param datastore_write_url: another database, as a role that writes
    :param datastore_read_url: the same, as a role that only reads
    :param storage_path: folder of uploads and of published files
    :param atd_name: name of the authority that runs the portal
    :param contact_email: where reusers may write when a commune gave no address
    """
    return {
        "ckan.plugins": PLUGINS,
        "ckan.site_url": site_url,
        "ckan.site_title": f"Données ouvertes – {atd_name}",
        "ckan.site_id": "odlocale",
        "SECRET_KEY": secret,
        # Kept by the server, so that a stolen cookie is worth nothing after its
        # owner logged out. A week: every crawler's visit leaves one too.
        "SESSION_TYPE": "redis",
        "PERMANENT_SESSION_LIFETIME": "604800",
        # Its accounts are printed on the screen: a second factor would protect nothing.
        "ckanext.odlocale.second_factor": "nobody",
        "sqlalchemy.url": sqlalchemy_url,
        "ckan.datastore.write_url": datastore_write_url,
        "ckan.datastore.read_url": datastore_read_url,
        # Only what everybody may read is in our tables.
        "ckan.datastore.sqlsearch.enabled": "true",
        "ckan.datastore.default_fts_lang": "french",
        "ckan.redis.url": redis_url,
        "solr_url": solr_url,
        "ckan.storage_path": storage_path,
        "ckan.files.storage.odlocale.type": "ckan:fs",
        "ckan.files.storage.odlocale.path": f"{storage_path}/odlocale",
        "ckan.files.storage.odlocale.initialize": "true",
        "ckan.locale_default": "fr",
        "ckan.locales_offered": "fr",
        "ckan.locale_order": "fr",
        "ckan.display_timezone": "Europe/Paris",
        "ckan.group_and_organization_list_max": "5000",
        # Rows are shown by our own pages; a missing view plugin is only noise.
        "ckan.views.default_views": "",
        "search.facets": "organization tags res_format",
        "scheming.dataset_schemas": "ckanext.odlocale.schemas:dataset.yaml",
        "scheming.organization_schemas": "ckanext.odlocale.schemas:organization.yaml",
        "scheming.presets": "ckanext.scheming:presets.json"
        " ckanext.odlocale.schemas:presets.yaml",
        "ckanext.dcat.rdf.profiles": "odlocale_datagouv",
        "ckanext.dcat.base_uri": site_url,
        "ckanext.odlocale.atd_name": atd_name,
        "ckanext.odlocale.contact_email": contact_email,
        "ckanext.odlocale.storage": "odlocale",
        "ckanext.odlocale.schemas_path": f"{storage_path}/schemas",
    }


def render_ini(settings: Mapping[str, str]) -> str:
    """The text of ``ckan.ini``; percent signs are escaped as its reader asks."""
    lines = ["[DEFAULT]", "debug = false", "", "[app:main]", "use = egg:ckan"]
    lines += [f"{key} = {value.replace('%', '%%')}" for key, value in settings.items()]
    return "\n".join(lines) + "\n" + LOGGING
