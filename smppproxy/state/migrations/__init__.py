"""Numbered SQL for SQLite: ``NNNN_name.sql`` takes the schema from NNNN - 1 to NNNN; never edited once released."""
