"""Spam reports of the regulator: read from its files, matched to the trace, gathered into campaigns."""
