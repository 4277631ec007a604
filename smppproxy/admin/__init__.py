"""The admin address: health, metrics."""
