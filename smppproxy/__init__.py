"""smppproxy: an SMPP proxy that checks the first sender and judges the text before the carrier sees it."""

__version__ = "0.1.0"
