"""Keys that need a restart keep their value; all others change."""

from __future__ import annotations

from collections.abc import Callable

from smppproxy.app.merge import merge
from smppproxy.app.settings import Settings

Make = Callable[..., Settings]


def test_the_same_configuration_changes_nothing(settings: Make) -> None:
    old = settings()
    assert merge(old, settings()) == (old, [])


def test_what_can_change_changes(settings: Make) -> None:
    new = settings(proxy="drain_timeout = 3.0", more='[[accounts]]\nsystem_id = "another"\nupstream = "smsc"')
    merged, kept = merge(settings(), new)
    assert kept == []
    assert merged == new


def test_what_needs_a_restart_is_named_and_kept(settings: Make) -> None:
    old = settings()
    merged, kept = merge(old, settings(proxy="drain_timeout = 3.0\nworkers = 5", admin="127.0.0.1:1"))
    assert sorted(kept) == ["admin.address", "proxy.workers"]
    assert (merged.proxy.workers, merged.proxy.drain_timeout) == (old.proxy.workers, 3.0)
    assert merged.admin == old.admin


def test_a_listeners_place_is_kept_and_the_rest_of_it_changes(settings: Make) -> None:
    trusted = 'trusted_proxies = ["192.0.2.1/32"]'
    old = settings(proxy=trusted)
    new = settings(proxy=trusted, listeners=['address = "127.0.0.1:1"\nproxy_protocol = true'])
    merged, kept = merge(old, new)
    assert kept == ["listeners[0].address"]
    assert merged.listeners[0].address == old.listeners[0].address
    assert merged.listeners[0].proxy_protocol


def test_another_number_of_listeners_keeps_them_all(settings: Make) -> None:
    old = settings()
    merged, kept = merge(old, settings(listeners=['address = "127.0.0.1:0"'] * 2))
    assert kept == ["listeners"]
    assert merged.listeners == old.listeners
