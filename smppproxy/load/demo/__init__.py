"""The demonstration: a carrier, the proxy and three resellers on one machine, every verdict checked."""
