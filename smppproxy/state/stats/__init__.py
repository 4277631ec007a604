"""The distribution statistics: counted as rows are moved into the trace, kept when the trace is gone."""
