"""Safe settings, declared as defaults and required at start-up."""

from __future__ import annotations

from pathlib import Path

import ckantoolkit as tk
import yaml
from ckan.config.declaration import Declaration
from ckan.exceptions import CkanConfigurationException

from ckanext.odlocale.base.language import translator
from ckanext.odlocale.base.safety import (
    ACCEPTED_OPTION,
    TILES_OPTION,
    find_tiles_fault,
    list_loosened,
    list_settings,
)


def declare_settings(declaration: Declaration, path: Path) -> None:
    """Declare the settings of a file, and make CKAN's defaults safe.

    A default applies where the configuration says nothing: what an operator writes is
    kept, and looked at by :func:`require_safe_settings`.

    :param declaration: CKAN's, its own settings already in it
    :param path: a declaration file of CKAN's
    """
    declaration.load_dict(yaml.safe_load(path.read_text(encoding="utf-8")))
    for one in list_settings(str(tk.config.get("ckan.site_url", ""))):
        option = declaration.get(one.name)
        if option is not None:
            option.set_default(one.value)


def require_safe_settings() -> None:
    """Check, at start-up, that no setting was loosened by oversight, nor is unusable.

    :raises CkanConfigurationException: one was; the message names each, says what it
        lets happen and what to write
    """
    gettext = translator(str(tk.config["ckan.locale_default"])).gettext
    loosened = list_loosened(tk.config, tk.config[ACCEPTED_OPTION], gettext)
    if loosened:
        said = gettext("The portal does not start: unsafe settings.")
        raise CkanConfigurationException(" ".join([said, *loosened]))
    fault = find_tiles_fault(str(tk.config[TILES_OPTION]))
    if fault:
        raise CkanConfigurationException(fault)
