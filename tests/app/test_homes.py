"""An account lives in one worker: examples, and a property over any history."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from smppproxy.app.homes import ACCOUNTS_PER_CORE, LINGER, Homes


def two_workers(*accounts: str) -> Homes:
    homes = Homes(accounts)
    homes.worker_up(0)
    homes.worker_up(1)
    return homes


def test_the_first_bind_goes_to_the_least_busy_worker_and_the_next_ones_follow() -> None:
    homes = two_workers("a", "b", "c")
    assert [homes.home(name, 0.0, handed=True) for name in "abaab"] == [0, 1, 0, 0, 1]
    homes.load(0, 2 / ACCOUNTS_PER_CORE)
    assert homes.home("c", 0.0, handed=True) == 1


def test_a_released_account_finds_a_new_home_only_after_a_while() -> None:
    homes = two_workers("a", "b")
    assert homes.home("a", 0.0, handed=True) == 0
    homes.released("a", 0, 1)
    assert homes.home("b", 0.0, handed=True) == 0
    assert homes.home("a", LINGER, handed=True) == 1


def test_a_bind_on_its_way_keeps_the_home() -> None:
    homes = two_workers("a", "b")
    homes.home("a", 0.0, handed=True)
    homes.home("a", 0.0, handed=True)
    homes.released("a", 0, 1)  # said before the second socket was seen
    assert homes.home("b", 0.0, handed=True) == 1
    assert homes.home("a", 10 * LINGER, handed=True) == 0


def test_nobody_elses_word_counts() -> None:
    homes = two_workers("a", "b")
    homes.home("a", 0.0, handed=True)
    homes.released("a", 1, 1)
    homes.released("unknown", 1, 1)
    assert homes.home("a", 10 * LINGER, handed=True) == 0


def test_invented_names_take_turns_and_are_not_remembered() -> None:
    homes = two_workers("a")
    turns = [homes.home(f"invented-{n}", 0.0, handed=True) for n in range(10)]
    assert sorted(turns) == [0] * 5 + [1] * 5
    assert homes.home("a", 0.0, handed=True) == 0


def test_without_workers_there_is_no_home() -> None:
    homes = Homes(["a"])
    assert homes.home("a", 0.0, handed=True) is None
    assert homes.any() is None
    homes.load(3, 0.5)
    assert homes.workers == []


def test_a_dead_workers_accounts_move() -> None:
    homes = two_workers("a")
    assert homes.home("a", 0.0, handed=True) == 0
    homes.worker_down(0)
    assert homes.home("a", 0.0, handed=True) == 1


def test_accounts_of_a_new_configuration() -> None:
    homes = two_workers("a")
    homes.accounts_are(["b"])
    assert homes.knows("b")
    assert not homes.knows("a")


class OneAccountOneWorker(RuleBasedStateMachine):
    """Parent and two workers with sockets and reports in flight between them; time passes freely while nothing is."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.homes = two_workers("a", "b", "c")
        self.handed: dict[int, list[str]] = {0: [], 1: []}  # on their way, in order
        self.reports: dict[int, list[tuple[str, int]]] = {0: [], 1: []}
        self.binds: dict[tuple[int, str], int] = defaultdict(int)
        self.adopted: dict[tuple[int, str], int] = defaultdict(int)

    @rule(account=st.sampled_from("abc"))
    def connect(self, account: str) -> None:
        worker = self.homes.home(account, self.now, handed=True)
        assert worker is not None
        self.handed[worker].append(account)

    @rule(worker=st.integers(0, 1))
    def adopt(self, worker: int) -> None:
        if self.handed[worker]:
            account = self.handed[worker].pop(0)
            self.binds[worker, account] += 1
            self.adopted[worker, account] += 1

    @rule(worker=st.integers(0, 1), account=st.sampled_from("abc"))
    def unbind(self, worker: int, account: str) -> None:
        if self.binds[worker, account]:
            self.binds[worker, account] -= 1
            if not self.binds[worker, account]:
                self.reports[worker].append((account, self.adopted[worker, account]))

    @rule(worker=st.integers(0, 1))
    def report(self, worker: int) -> None:
        if self.reports[worker]:
            self.homes.released(self.reports[worker][0][0], worker, self.reports[worker].pop(0)[1])

    @rule(seconds=st.floats(0, 3 * LINGER))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @invariant()
    def one_worker_each(self) -> None:
        for account in "abc":
            lives = {worker for worker in (0, 1) if self.binds[worker, account] or account in self.handed[worker]}
            assert len(lives) <= 1


TestOneAccountOneWorker = OneAccountOneWorker.TestCase
