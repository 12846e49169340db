"""Where the embedded portal keeps its state."""

from __future__ import annotations

import socket
import stat
from pathlib import Path

import pytest

from ckanext.odlocale.portal.home import (
    Home,
    cache_folder,
    free_port,
    is_listening,
    load_memory,
    read_options,
    write_private,
)


def test_without_any_variable_the_portal_is_at_port_5000_of_this_machine() -> None:
    options = read_options({})
    assert options.local_url == "http://127.0.0.1:5000"
    assert options.site_url == "http://127.0.0.1:5000"
    assert options.departement == "56"


def test_the_public_address_is_kept_without_its_last_slash() -> None:
    options = read_options({"ODLOCALE_SITE_URL": "https://opendata.example.fr/"})
    assert options.site_url == "https://opendata.example.fr"


def test_a_portal_open_to_the_network_is_still_asked_on_this_machine() -> None:
    options = read_options({"ODLOCALE_HOST": "0.0.0.0", "ODLOCALE_PORT": "81"})
    assert options.local_url == "http://127.0.0.1:81"


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "5000 "])
def test_what_is_not_a_port_number_is_refused(port: str) -> None:
    with pytest.raises(ValueError):
        read_options({"ODLOCALE_PORT": port})


def test_ports_and_secrets_are_the_same_at_each_start(tmp_path: Path) -> None:
    home = Home(tmp_path / "portal")
    home.create()
    first = load_memory(home)
    assert load_memory(home) == first
    assert len(set(first.ports.values())) == len(first.ports)
    assert all(len(secret) >= 32 for secret in first.secrets.values())


def test_secrets_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("seen by all")
    path.chmod(0o644)
    write_private(path, "hidden")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == "hidden"


def test_a_home_is_never_committed_by_mistake(tmp_path: Path) -> None:
    home = Home(tmp_path / "portal")
    home.create()
    assert (home.root / ".gitignore").read_text() == "*\n"


def test_a_free_port_is_free_and_not_promised_to_another() -> None:
    port = free_port(set())
    assert not is_listening(port)
    assert free_port({port}) != port


def test_a_port_in_use_is_seen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert is_listening(server.getsockname()[1])


def test_the_cache_can_be_put_elsewhere(tmp_path: Path) -> None:
    assert cache_folder({"ODLOCALE_CACHE": str(tmp_path)}) == tmp_path
    assert cache_folder({"XDG_CACHE_HOME": "/x"}) == Path("/x/odlocale")
