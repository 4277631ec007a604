"""One load run from plan to tally, whatever the engine."""

from __future__ import annotations

import uvloop

from smppproxy.load.generator.live import LiveView
from smppproxy.load.generator.plan import Plan
from smppproxy.load.generator.pool import make_pool
from smppproxy.load.generator.samples import draw
from smppproxy.load.generator.tally import Tally


def run(plan: Plan) -> Tally:
    """Carry a plan out and return what was seen; raises PlanError when it cannot be carried out."""
    return uvloop.run(generate(plan))


async def generate(plan: Plan, tally: Tally | None = None) -> Tally:
    """:func:`run` inside a loop that is already there; ``tally`` can be watched meanwhile."""
    samples = draw(plan)
    tally = tally or Tally(plan)
    async with LiveView(plan, tally):
        if plan.engine == "native":
            from smppproxy.load.generator.native import run as run_native

            await run_native(plan, make_pool(samples, plan), tally)
        elif plan.engine == "aiosmpplib":
            from smppproxy.load.generator.via_aiosmpplib import run as run_aiosmpplib

            await run_aiosmpplib(plan, samples, tally)
        else:
            from smppproxy.load.generator.via_smpplib import run as run_smpplib

            await run_smpplib(plan, samples, tally)
    return tally
