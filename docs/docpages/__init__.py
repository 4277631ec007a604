"""Pages of the documentation that are derived from code."""
