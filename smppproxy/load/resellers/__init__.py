"""Resellers' clients as they exist: sessions on aiosmpplib and smpplib, for the engines and the demo.

Both libraries stay behind this package; nothing of the proxy's own path imports them.
"""

from smppproxy.load.resellers.message import Outgoing

__all__ = ["Outgoing"]
