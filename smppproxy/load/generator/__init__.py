"""The load generator: a plan in, a tally out."""

from smppproxy.load.generator.plan import Codes, Plan, PlanError
from smppproxy.load.generator.runner import generate, run
from smppproxy.load.generator.tally import Tally

__all__ = ["Codes", "Plan", "PlanError", "Tally", "generate", "run"]
