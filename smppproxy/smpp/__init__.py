"""SMPP 3.4 and 5.0 as pure functions and objects: no sockets, no clock."""
