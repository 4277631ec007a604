"""``[[listeners]]`` and ``[[upstreams]]``: where resellers come in and where the SMSC is."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from smppproxy.app.settings.values import (
    Addresses,
    AddressValue,
    Count,
    Duration,
    FilePath,
    FilePathOrNone,
    Flag,
    Items,
    Name,
    Networks,
    Secret,
    Section,
    SystemId,
    Whole,
    option,
)


class ListenerTls(Section):
    """``tls`` of a listener: PEM files, relative to the configuration file's folder."""

    certificate: FilePath = option(..., "certificate chain")
    key: FilePath = option(..., "private key of the certificate")
    client_ca: FilePathOrNone = option(None, "resellers must show a certificate of this authority")


class Listener(Section):
    """``[[listeners]]``: an address resellers connect to. One at least."""

    address: AddressValue = option(..., "port 0 picks a free one", restart=True)
    proxy_protocol: Flag = option(False, "expect the PROXY protocol (v1, v2); believed from trusted_proxies only")
    tls: ListenerTls | None = option(None, "without it the listener speaks plain TCP")


class UpstreamTls(Section):
    """``tls`` of an upstream: PEM files, relative to the configuration file. ``{}`` trusts the system's CAs."""

    ca: FilePathOrNone = option(None, "authority of the SMSC's certificate; empty = those the system trusts")
    server_name: str = option("", "name in the SMSC's certificate; empty = the host of the address")
    certificate: FilePathOrNone = option(None, "certificate we show")
    key: FilePathOrNone = option(None, "private key of that certificate")


class Upstream(Section):
    """``[[upstreams]]``: an SMSC. One at least."""

    name: Name = option(..., "what accounts call it")
    address: Addresses = option(..., "one, or several: tried in order unless `weights` are given")
    weights: Annotated[tuple[Annotated[Whole, Field(ge=0)], ...], Items] = option(
        (), "one per address: new binds are dealt out in these shares"
    )
    mode: Literal["paired", "pooled"] = option(
        "paired", "paired: one upstream bind per reseller bind, the bind PDU passes through; pooled: shared binds"
    )
    response_timeout: Duration = option(30.0, "for the SMSC's answer; then `timeout_status`", unit="s")
    timeout_status: Annotated[Whole, Field(ge=1, le=0xFFFFFFFF)] = option(
        0x08, "command_status a reseller gets when the SMSC does not answer", as_hex=True
    )
    system_id: SystemId | None = option(None, "pooled: who we bind as")
    password: Secret | None = option(None, "pooled: the password of that bind")
    system_type: str = option("", "pooled: system_type of the bind")
    bind: Literal["transceiver", "transmitter", "receiver"] = option("transceiver", "pooled: kind of bind")
    binds: Count = option(2, "pooled: binds of the whole node, dealt out to the workers; not fewer than workers")
    window: Annotated[Whole, Field(ge=1, le=100_000)] = option(
        100, "pooled: unanswered requests per bind; carriers grant 10 to 1,000", unit="requests"
    )
    outbind_system_id: SystemId | None = option(
        None, "pooled: what the SMSC calls itself when it connects to us and sends outbind; without it, it may not"
    )
    outbind_password: Secret | None = option(None, "pooled: the password of that outbind")
    outbind_from: Networks = option((), "pooled: networks an outbind may come from; our answer shows our password")
    tls: UpstreamTls | None = option(None, "without it the upstream speaks plain TCP")
