"""Registries, books, spool: what the proxy knows and what it keeps."""
