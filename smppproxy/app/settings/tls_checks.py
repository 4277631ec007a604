"""Whether the files of TLS can be used, asked when a configuration is read: a renewal gone wrong changes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from smppproxy.app.settings.faults import Found
from smppproxy.app.settings.wires import Listener, ListenerTls, Upstream, UpstreamTls


def faults(listeners: Sequence[tuple[int, Listener]], upstreams: Sequence[tuple[int, Upstream]]) -> Iterator[Found]:
    """Yield what is wrong with certificates, keys and authorities, each with its place in the file."""
    for at, listener in listeners:
        if listener.tls is not None:
            yield from _of(("listeners", at, "tls"), listener.tls)
    for at, upstream in upstreams:
        tls = upstream.tls
        if tls is None:
            continue
        if (tls.certificate is None) != (tls.key is None):
            yield Found(("upstreams", at, "tls"), "certificate and key together", has_value=False)
        else:
            yield from _of(("upstreams", at, "tls"), tls)


def _of(here: tuple[str | int, ...], tls: ListenerTls | UpstreamTls) -> Iterator[Found]:
    named = {name: path for name in type(tls).model_fields if isinstance(path := getattr(tls, name), Path)}
    absent = [name for name, path in named.items() if not os.access(path, os.R_OK)]
    for name in absent:
        yield Found((*here, name), "a file that can be read", value=str(named[name]))
    if absent or not named:
        return
    from smppproxy.net import tls as wires  # brings OpenSSL, for those alone who speak TLS

    try:
        if isinstance(tls, ListenerTls):
            wires.server_context(tls.certificate, tls.key, tls.client_ca or None)
        else:
            wires.client_context(tls.ca or None, tls.certificate or None, tls.key or None)
    except wires.TlsFileError as error:
        name = next((name for name, path in named.items() if path == error.path), "certificate")
        yield Found((*here, name), error.expected, value=str(error.path))
    except OSError as error:
        yield Found(here, f"files that can be read ({error})", has_value=False)
