"""The program: settings, processes, logs, metrics."""
