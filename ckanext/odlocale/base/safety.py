"""Settings that keep people's data and rights safe on a shared portal.

CKAN's own defaults suit a portal of one authority: anybody who has an account creates
organisations, and the page of an organisation names its agents. Here each default is
the safe one, and what an operator loosens must be named as accepted, so that it is
never by oversight.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

#: Where an operator names the settings loosened on purpose.
ACCEPTED_OPTION: Final = "ckanext.odlocale.accepted_risks"
TILES_OPTION: Final = "ckanext.odlocale.map_tiles"


def _(text: str) -> str:
    """Mark a message for translation, where nothing is translated yet."""
    return text


@dataclass(frozen=True)
class Setting:
    """One setting, and why it has this value.

    :ivar value: the default, which is safe
    :ivar others: values that are as safe
    :ivar risk: what another value would let happen
    :ivar https_only: whether it holds on portals reached by HTTPS only
    :ivar at_least: whether a list may hold more than this one
    :ivar between: the least and the most that a number may be, both included
    """

    name: str
    value: Any
    risk: str
    others: tuple[Any, ...] = ()
    https_only: bool = False
    at_least: bool = False
    between: tuple[int, int] | None = None

    def is_held(self, config: Mapping[str, Any]) -> bool:
        """Tell whether a configuration keeps it."""
        found = config.get(self.name)
        if isinstance(self.value, bool):
            return bool(found) is self.value
        if self.between is not None:
            least, most = self.between
            return isinstance(found, int) and least <= found <= most
        if self.at_least:
            return set(self.value) <= set(found or ())
        return found == self.value or found in self.others


SETTINGS: Final = (
    Setting(
        "ckan.auth.anon_create_dataset",
        False,
        _("anybody publishes without an account"),
    ),
    Setting(
        "ckan.auth.create_unowned_dataset",
        False,
        _("datasets belong to nobody, and nobody answers for them"),
    ),
    Setting(
        "ckan.auth.create_dataset_if_not_in_organization",
        False,
        _("whoever has an account publishes for no collectivité"),
    ),
    Setting(
        "ckan.auth.create_user_via_web",
        False,
        _("anybody makes an account, though agents are invited"),
    ),
    Setting(
        "ckan.auth.create_user_via_api", False, _("anybody makes accounts by a program")
    ),
    Setting(
        "ckan.auth.user_create_organizations",
        False,
        _("an agent makes organisations that are no collectivité"),
    ),
    Setting(
        "ckan.auth.user_delete_organizations",
        False,
        _("an agent deletes the organisation of a collectivité, and its addresses"),
    ),
    Setting(
        "ckan.auth.user_create_groups", False, _("an agent makes groups for everybody")
    ),
    Setting(
        "ckan.auth.user_delete_groups", False, _("an agent deletes groups of everybody")
    ),
    Setting(
        "ckan.auth.public_user_details",
        False,
        _("the agents of each collectivité, and hashes of their addresses, are public"),
    ),
    Setting(
        "ckan.auth.roles_that_cascade_to_sub_groups",
        ["admin"],
        _("an intercommunalité's own agents change its communes' data"),
    ),
    Setting(
        "ckan.auth.allow_dataset_collaborators",
        False,
        _("rights on a dataset escape the collectivité's"),
    ),
    Setting(
        "ckan.auth.allow_admin_collaborators",
        False,
        _("rights on a dataset escape the collectivité's"),
    ),
    Setting(
        "ckan.auth.allow_collaborators_to_change_owner_org",
        False,
        _("a dataset passes from one collectivité to another"),
    ),
    Setting(
        "ckan.auth.reveal_private_datasets",
        False,
        _("the existence of drafts is told to whoever asks"),
    ),
    Setting(
        "ckan.auth.create_default_api_keys",
        False,
        _("each account has a key that nobody asked for, and that never ends"),
    ),
    Setting(
        "ckan.gravatar_default",
        "disabled",
        _("gravatar.com learns who reads which page, and hashes of agents' addresses"),
    ),
    Setting("WTF_CSRF_ENABLED", True, _("another site acts in an agent's name")),
    Setting("WTF_CSRF_CHECK_DEFAULT", True, _("another site acts in an agent's name")),
    Setting("SESSION_COOKIE_HTTPONLY", True, _("a script on a page takes the session")),
    Setting(
        "REMEMBER_COOKIE_HTTPONLY", True, _("a script on a page takes the account")
    ),
    Setting(
        "SESSION_COOKIE_SAMESITE",
        "Lax",
        _("another site acts in an agent's name"),
        others=("Strict",),
    ),
    Setting(
        "REMEMBER_COOKIE_SAMESITE",
        "Lax",
        _("another site acts in an agent's name"),
        others=("Strict",),
    ),
    Setting(
        "SESSION_COOKIE_SECURE",
        True,
        _("the session is sent in clear on the network"),
        https_only=True,
    ),
    Setting(
        "REMEMBER_COOKIE_SECURE",
        True,
        _("the account's cookie is sent in clear on the network"),
        https_only=True,
    ),
    Setting(
        "ckan.auth.public_activity_stream_detail",
        False,
        _("everybody reads each former state of a dataset, whole"),
    ),
    Setting(
        "ckan.auth.login_view",
        "user.login",
        _("one comes in without the limit on tries or the second factor"),
    ),
    Setting(
        "ckan.files.authenticated_uploads.allow",
        False,
        _("whoever has an account stores files on the portal"),
    ),
    Setting(
        "ckan.user.unique_email_states",
        ["active"],
        _("two accounts have one address, and letters go to the wrong one"),
        at_least=True,
    ),
    Setting(
        "WTF_CSRF_METHODS",
        ["POST", "PUT", "PATCH", "DELETE"],
        _("another site acts in an agent's name"),
        at_least=True,
    ),
    Setting("WTF_CSRF_SSL_STRICT", True, _("another site acts in an agent's name")),
    Setting(
        "SESSION_TYPE",
        "redis",
        _("a session cannot be ended, and each cookie holds what is in it"),
    ),
    Setting(
        "SESSION_COOKIE_DOMAIN",
        None,
        _("other sites of the domain receive the session"),
    ),
    Setting(
        "REMEMBER_COOKIE_DOMAIN",
        None,
        _("other sites of the domain receive the account's cookie"),
    ),
    Setting(
        "api_token.jwt.algorithm",
        "HS256",
        _("a token of the API is forged"),
        others=(
            "HS384",
            "HS512",
            "RS256",
            "RS384",
            "RS512",
        ),
    ),
    # Logs of who did what: six months to one year (CNIL, délibération 2021-122).
    *(
        Setting(
            f"ckanext.odlocale.{name}",
            days,
            _("what people did is kept for less than six months, or more than a year"),
            between=(180, 366),
        )
        for name, days in (("journal_days", 365), ("login_days", 180))
    ),
    # A work day, with or without a pause: longer is a computer that others sit at.
    *(
        Setting(
            f"ckanext.odlocale.{name}",
            minutes,
            _("a session that was left open lasts longer than a day"),
            between=(1, 1440),
        )
        for name, minutes in (("session_idle_minutes", 240), ("session_minutes", 720))
    ),
    Setting("debug", False, _("a visitor reads the portal's code and its settings")),
)


def list_settings(site_url: str) -> Iterator[Setting]:
    """Yield the settings that a portal must keep.

    :param site_url: its public address
    """
    secure = site_url.lower().startswith("https://")
    yield from (one for one in SETTINGS if secure or not one.https_only)


def list_loosened(
    config: Mapping[str, Any],
    accepted: Collection[str] = (),
    gettext: Callable[[str], str] = str,
) -> list[str]:
    """Return a sentence for each setting that was loosened without being accepted.

    :param config: settings as CKAN reads them: booleans and lists, no texts of them
    :param accepted: names of settings loosened on purpose
    :param gettext: translates a sentence into the operator's language
    :returns: nothing where all is held; a name in ``accepted`` that is no setting of
        these has a sentence too

    >>> list_loosened({one.name: one.value for one in SETTINGS})
    []
    """
    names = {one.name for one in SETTINGS}
    mistaken = gettext(_("{option}: {name} is no setting that is watched."))
    told = [
        mistaken.format(option=ACCEPTED_OPTION, name=name)
        for name in accepted
        if name not in names
    ]
    loosened = gettext(
        _("{name} = {found}: {risk}. Write {name} = {value}, or name it in {option}.")
    )
    for one in list_settings(str(config.get("ckan.site_url", ""))):
        if one.name not in accepted and not one.is_held(config):
            told.append(
                loosened.format(
                    name=one.name,
                    found=_write(config.get(one.name)),
                    risk=gettext(one.risk),
                    value=_write(one.value),
                    option=ACCEPTED_OPTION,
                )
            )
    return told


def _write(value: Any) -> str:
    """Return a value as a configuration file has it."""
    if isinstance(value, (list, tuple)):
        return " ".join(map(str, value))
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def find_tiles_fault(address: str) -> str | None:
    """Return what is wrong with the address of a map's images, if anything.

    >>> find_tiles_fault("https://tiles.example.fr/{z}/{x}/{y}.png")
    >>> find_tiles_fault("")
    """
    lacking = [part for part in ("{z}", "{x}", "{y}") if part not in address]
    if not address or (address.startswith("https://") and not lacking):
        return None
    return (
        f"{TILES_OPTION} must begin with https:// and have {{z}}, {{x}} and {{y}} in"
        f" it: {address!r} does not."
    )
