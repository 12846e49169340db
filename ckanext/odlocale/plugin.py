"""Wiring of the rooms into CKAN. No behaviour lives here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ckan.plugins as p
import ckantoolkit as tk
import click
from ckan import model
from ckan.common import CKANConfig
from ckan.config.declaration import Declaration, Key
from ckan.lib.plugins import DefaultTranslation
from ckanext.datastore.interfaces import IDatastoreBackend
from flask import Blueprint, Flask

from ckanext.odlocale import rooms
from ckanext.odlocale.base import assets, storage, views, watch
from ckanext.odlocale.people import login_views, oidc_portal, oidc_views, sessions
from ckanext.odlocale.scdl import catalogue
from ckanext.odlocale.tables import backend, hooks
from ckanext.odlocale.territory import behalf, permission
from ckanext.odlocale.watching import starting
from ckanext.odlocale.watching import views as watching

HERE = Path(__file__).parent


def all_blueprints() -> list[Blueprint]:
    """The pages of every room."""
    views = rooms.modules("views").values()
    return [blueprint for module in views for blueprint in module.blueprints]


def all_commands() -> list[click.Command]:
    """``ckan odlocale`` and, below it, one group for each room that has one."""
    group = click.Group("odlocale", help="Territory and feeds of this portal.")
    for room, module in rooms.modules("cli").items():
        # The engine's commands need no CKAN: they belong to `odlocale scdl`. A room
        # that has no group adds its commands to that of another.
        if room != "scdl" and hasattr(module, room):
            group.add_command(getattr(module, room))
        for command in getattr(module, "beside", ()):
            group.add_command(command)
    return [group]


@tk.blanket.helpers(lambda: rooms.exports("helpers"))
@tk.blanket.validators(lambda: rooms.exports("validators"))
@tk.blanket.actions(lambda: rooms.exports("actions"))
@tk.blanket.auth_functions(lambda: rooms.exports("auth"))
@tk.blanket.blueprints(all_blueprints)
@tk.blanket.cli(all_commands)
class OdlocalePlugin(p.SingletonPlugin, DefaultTranslation):
    """Open data for every commune, on one portal."""

    p.implements(p.IConfigurer, inherit=True)
    p.implements(p.IConfigurable, inherit=True)
    p.implements(p.IConfigDeclaration)
    p.implements(p.ITranslation)
    p.implements(p.IAuthenticator, inherit=True)
    p.implements(p.IMiddleware, inherit=True)
    p.implements(p.IPackageController, inherit=True)
    p.implements(p.IOrganizationController, inherit=True)
    p.implements(p.IResourceController, inherit=True)
    p.implements(IDatastoreBackend)
    p.implements(p.IPermissionLabels)

    def declare_config_options(self, declaration: Declaration, key: Key) -> None:
        """Our settings, and safe defaults for CKAN's own."""
        watch.declare_settings(declaration, HERE / "config_declaration.yaml")

    def update_config(self, config: CKANConfig) -> None:
        """Our templates, assets, licences and landing page."""
        tk.add_template_directory(config, "templates")
        tk.add_public_directory(config, "public")
        tk.add_resource("assets", "odlocale")
        if not config.get("licenses_group_url"):
            licences = HERE / "public" / "odlocale" / "licenses.json"
            # CKAN opens what follows file:// as a plain path, without unquoting.
            config["licenses_group_url"] = f"file://{licences}"
        # An agent who logs in lands on her desk; an operator may say otherwise.
        if config.get("ckan.auth.route_after_login") == "dashboard.datasets":
            config["ckan.auth.route_after_login"] = "odlocale_publishing.home"

    def configure(self, config: CKANConfig) -> None:
        """Refuse to start without safe settings, or the folders that keep files."""
        starting.require_settings()
        watch.require_safe_settings()
        starting.require_servers()
        oidc_portal.require_settings()
        storage.require_storage()
        backend.require_datastore()
        catalogue.use_folder(storage.require_folder("ckanext.odlocale.schemas_path"))
        assets.remember_addresses()

    def login(self) -> Any:
        """Passwords are tried slowly, and a second factor may be asked for."""
        return login_views.log_in()

    def logout(self) -> Any:
        """Who came in by a provider logs out there too."""
        return oidc_views.log_out()

    def identify_user(self, user_id: str | None = None) -> Any:
        """A session whose time is over is nobody's."""
        return sessions.refuse_if_over(user_id)

    def make_middleware(self, app: Flask, config: CKANConfig) -> Flask:
        """Bound what every request may send, answer outages, tell how all is."""
        # First: it must see each visitor's own address, and what the outage answers.
        watching.stand_before(app)
        views.prepare_application(app)
        return app

    def after_dataset_create(
        self, context: dict[str, Any], pkg_dict: dict[str, Any]
    ) -> None:
        """Write the dataset's fragment in the same transaction."""
        rooms.call_hooks("after_dataset_create", context, pkg_dict)

    def after_dataset_update(
        self, context: dict[str, Any], pkg_dict: dict[str, Any]
    ) -> None:
        """Replace the dataset's fragment in the same transaction."""
        rooms.call_hooks("after_dataset_update", context, pkg_dict)

    def after_dataset_delete(
        self, context: dict[str, Any], pkg_dict: dict[str, Any]
    ) -> None:
        """Take the dataset's fragment out of the feed."""
        rooms.call_hooks("after_dataset_delete", context, pkg_dict)

    def before_dataset_index(self, pkg_dict: dict[str, Any]) -> dict[str, Any]:
        """Let a commune find what is published on its behalf."""
        return behalf.index_values(pkg_dict)

    def before_resource_show(self, resource_dict: dict[str, Any]) -> dict[str, Any]:
        """Say which resources have rows."""
        hooks.show_resource(resource_dict)
        return resource_dict

    def register_backends(self) -> dict[str, Any]:
        """Rows are in one table for each schema."""
        return dict.fromkeys(("postgresql", "postgres"), backend.TablesBackend)

    def edit(self, entity: Any) -> None:
        """A renamed collectivité is renamed in its feed too."""
        rooms.call_hooks("after_organization_update", entity)

    def get_dataset_labels(self, dataset_obj: model.Package) -> list[str]:
        """Who may read a dataset."""
        return permission.dataset_labels(dataset_obj)

    def get_user_dataset_labels(self, user_obj: model.User | None) -> list[str]:
        """What a user may read; their number does not follow the territory's."""
        return permission.user_dataset_labels(user_obj)
