"""Sanctions: malignant verdicts are counted, rules ask for measures, persons decide, the ledger tells.

:mod:`~smppproxy.state.sanctions.whole` is the door. ``engine`` counts and asks the rules; ``clerk`` does what needs no
person, ``office`` what persons do; ``effects`` and ``hands`` bring the registries to what stands; ``records``,
``verdict_store`` and ``counters`` keep it all. Nothing is imported here: settings need ``rules`` and no more.
"""
