"""The sanctions as a whole: every part built once over one store."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from smppproxy.state.publishing import Publisher
from smppproxy.state.sanctions.clerk import Clerk, Event
from smppproxy.state.sanctions.effects import CodeHand, Effects, Hand
from smppproxy.state.sanctions.engine import SanctionEngine
from smppproxy.state.sanctions.evidence import Witness
from smppproxy.state.sanctions.minutes import Minutes
from smppproxy.state.sanctions.office import Office
from smppproxy.state.sanctions.overturning import Overturning
from smppproxy.state.sanctions.records import Records, Sanction
from smppproxy.state.sanctions.rules import Kind, Policy
from smppproxy.state.sanctions.subjects import Subject
from smppproxy.state.sanctions.tally import Figures, Pardon
from smppproxy.state.sanctions.verdict_store import VerdictStore


class Sanctions:
    """Counts, proposes, acts, takes back. All methods run in the thread that writes the store."""

    def __init__(
        self,
        publisher: Publisher,
        codes: CodeHand,
        others: Mapping[Kind, Hand],
        policy: Policy,
        clock: Callable[[], float],
    ) -> None:
        store = publisher.store
        self.store = store
        self.rows = Records(store, clock)
        self.verdicts = VerdictStore(store)
        self.effects = Effects(self.rows, codes, others)
        self.engine = SanctionEngine(store, policy, self.rows, codes.owner_of)
        self.witness = Witness(self.verdicts)
        self.minutes = Minutes(publisher, self.rows, clock, self._pardon)
        self.office = Office(
            lambda: self.engine.policy,
            self.rows,
            self.minutes,
            self.effects,
            self.witness,
            self.line,
            publisher.attempt,
        )
        self.clerk = Clerk(
            store,
            self.engine,
            self.verdicts,
            self.rows,
            self.minutes,
            self.effects,
            self.witness,
            self.office,
            codes.owner_of,
        )
        self.overturning = Overturning(self.engine, self.verdicts, self.rows, self.minutes, self.office)
        self._clock = clock
        self._attempt = publisher.attempt

    def turn(self, now: float) -> list[Event]:
        """Let the clerk work, see :meth:`Clerk.turn`; where another node crosses a change, it is gone about again."""
        return self._attempt(lambda: self.clerk.turn(now))

    def line(self) -> float:
        """Return now on the counters' time line."""
        return self.engine.timeline.advance(self._clock())

    def _pardon(self, subject: Subject) -> Pardon:
        return self.engine.pardoned(subject, self.line())

    def now(self, sanction: Sanction) -> Figures | None:
        """Return what the rule of a sanction counts at this moment, None where there is no such rule any more."""
        rule = self.engine.policy.rule(sanction.rule)
        if rule is None or rule.gauge is None or rule.subject is not sanction.whom.kind:
            return None
        return self.engine.figures(sanction.whom, rule, self._clock(), enforced=False)

    def take(self, policy: Policy) -> None:
        """Go by other rules from now on."""
        self.engine.take(policy)
