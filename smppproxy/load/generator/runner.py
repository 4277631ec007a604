"""One load run from plan to tally, whatever the engine."""

from __future__ import annotations

import uvloop

from smppproxy.load.generator.budget import Budget
from smppproxy.load.generator.live import LiveView
from smppproxy.load.generator.plan import Plan
from smppproxy.load.generator.pool import make_pool
from smppproxy.load.generator.samples import draw
from smppproxy.load.generator.tally import Tally


def run(plan: Plan) -> Tally:
    """Carry a plan out and return what was seen; raises PlanError when it cannot be carried out."""

    async def watched() -> Tally:
        tally = Tally(plan)
        async with LiveView(plan, tally):
            return await generate(plan, tally)

    return uvloop.run(watched())


async def generate(plan: Plan, tally: Tally | None = None, budget: Budget | None = None) -> Tally:
    """:func:`run` inside a loop that is already there.

    ``tally`` can be watched meanwhile, ``budget.stop()`` ends the run before its time.
    """
    samples = draw(plan)
    tally = tally or Tally(plan)
    budget = budget or Budget(plan.messages)
    if plan.engine == "native":
        from smppproxy.load.generator.native import run as run_native

        await run_native(plan, make_pool(samples, plan), tally, budget)
    elif plan.engine == "aiosmpplib":
        from smppproxy.load.generator.via_aiosmpplib import run as run_aiosmpplib

        await run_aiosmpplib(plan, samples, tally, budget)
    else:
        from smppproxy.load.generator.via_smpplib import run as run_smpplib

        await run_smpplib(plan, samples, tally, budget)
    return tally
