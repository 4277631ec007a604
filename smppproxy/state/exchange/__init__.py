"""Signed lists to and from the regulator: the file, the keys, what is offered and what is taken."""
