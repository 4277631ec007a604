"""What ``bench/run.py`` measures with: programs on cores of their own, figures from ``/proc``, a table at the end."""
