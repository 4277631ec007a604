"""What the gate costs a message, with every rule on but the judge of texts: µs, and in units of a plain Python loop.

    python bench/gate.py

The single rules are asked about one message after another, *gate* about those of a read together, as the relay does.
Each message is a new object with a recipient of its own. *repeated* texts are those of bulk senders, *unique* ones are
met for the first time. Books are real ones (LMDB) with a thousand codes and ten thousand senders, lists, patterns.
"""

from __future__ import annotations

import gc
import random
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from filters import counters
from filters.advert import AdvertRule, AdvertSettings
from filters.blocklist import BlocklistRule, BlocklistSettings
from filters.contract import Message, Mode
from filters.destination import DestinationRule, DestinationSettings
from filters.gate import Gate
from filters.link import LinkRule, LinkSettings
from filters.policy import Policy
from filters.sender import SenderRule, SenderSettings
from filters.text import normalise
from filters.volume import Limit, VolumeRule, VolumeSettings
from smppproxy.state.authority import Authority
from smppproxy.state.books import Books
from smppproxy.state.codes_import import import_codes
from smppproxy.state.list_files import Item
from smppproxy.state.list_keys import ListKind
from smppproxy.state.senders_import import import_senders

CODES = [f"{301_000_000 + n}" for n in range(1000)]
SENDERS = [f"01{n:09d}"[:3] + f"{20_000_000 + n}" for n in range(10_000)]
DATED = 5000  # of the senders have dates
ROUND = 4000
READ = 40  # messages in a read: a connection with a window of 100 brings so many
ROUNDS = 7

WORDS = (
    "안내",
    "예약",
    "배송",
    "내일",
    "오전",
    "오후",
    "확인",
    "부탁",
    "감사",
    "고객님",
    "주문",
    "접수",
    "완료",
    "문의",
)


def texts(unique: bool, dice: random.Random) -> list[str]:
    made = []
    for number in range(ROUND):
        if not unique:
            dice = random.Random(number % 50)
        words = " ".join(dice.choices(WORDS, k=12))
        link = (
            f" https://shop{dice.randrange(40)}.example.co.kr/o/{dice.randrange(10**6)}" if dice.random() < 0.3 else ""
        )
        made.append(f"[샘플가게] {words} {dice.randrange(10**6)}{link}")
    return made


def messages(unique: bool, seed: int) -> list[Message]:
    """Some thousand messages."""
    dice = random.Random(seed)
    now = time.time()
    return [
        Message(
            account=f"reseller{n % 7}",
            code=CODES[n % 40],
            sender=SENDERS[n % 40],
            recipients=(f"010{dice.randrange(10**8):08d}",),
            texts=(text,),
            arrived=now,
        )
        for n, text in enumerate(texts(unique, dice))
    ]


def links(scheme: str, seed: int) -> list[Message]:
    """Messages that all have a link of their own."""
    dice = random.Random(seed)
    words = "[샘플가게] 주문하신 상품이 배송되었습니다"
    hosts = [f"shop{n % 40}.example.co.kr" for n in range(ROUND)]
    return [Message(account="a", texts=(f"{words} {scheme}://{host}/o/{dice.random()}",)) for host in hosts]


def books(directory: Path) -> Books:
    """Real books."""
    authority = Authority.take(directory)
    import_codes(authority.codes, "code\n" + "\n".join(CODES), who="bench")
    rows = (f"{number},{CODES[n % 40]},{'2099-12-31' if n < DATED else ''}" for n, number in enumerate(SENDERS))
    import_senders(authority.senders, "number,codes,valid_until\n" + "\n".join(rows), who="bench")
    lists = authority.lists
    for name, kind, keys in (
        ("hosts", ListKind.HOST, [f"bad{n}.top" for n in range(2000)]),
        ("optouts", ListKind.RECIPIENT_OPTOUT, [f"0109{n:07d}" for n in range(2000)]),
        ("blacklist", ListKind.SENDER_BLACKLIST, [f"0107{n:07d}" for n in range(2000)]),
        ("patterns", ListKind.PATTERN, [f"나쁜말{n}" for n in range(200)] + [f"re:bad{n} ?word" for n in range(20)]),
    ):
        lists.create(name, kind, who="bench")
        lists.add(name, keys, Item(), who="bench")
    authority.close()
    return Books(directory / "books.lmdb")


def rules(book: Any) -> dict[str, Any]:
    """Every rule, enforced."""
    mode = Mode.ENFORCE
    volume = VolumeSettings(
        mode=mode, rate=1e5, burst=1e5, repeats=50, phone_line=10**8, warmup_days=1, warmup_messages=10**9,
        limits=(Limit(by="code", messages=10**9, recipients=10**6), Limit(by="sender", messages=10**9)),
    )  # fmt: skip
    made = (
        SenderRule(SenderSettings(mode=mode), book, book),
        DestinationRule(DestinationSettings(mode=mode)),
        BlocklistRule(BlocklistSettings(mode=mode, senders=False), book, book, book),
        LinkRule(LinkSettings(mode=mode, brands=("examplebank.co.kr",)), book),
        AdvertRule(AdvertSettings(mode=mode)),
        VolumeRule(volume, book),
    )
    return {rule.name: rule for rule in made}


def each(check: Callable[[Any], object]) -> Callable[[Sequence[Any]], None]:
    """Ask about one after another."""

    def work(batch: Sequence[Any]) -> None:
        for one in batch:
            check(one)

    return work


def in_reads(gate: Gate) -> Callable[[Sequence[Any]], None]:
    """Ask the gate as the relay does: about all messages of a read at once, one rule after another."""

    def work(batch: Sequence[Any]) -> None:
        for start in range(0, len(batch), READ):
            gate.check_many(batch[start : start + READ])

    return work


def best(
    works: Mapping[str, Callable[[Sequence[Any]], None]], made: Callable[[int], Sequence[Any]]
) -> dict[str, float]:
    """Return seconds of CPU a message: the best of the rounds, in each of which every work has its turn.

    Each work has messages of its own, as new as they come: what is remembered in them cannot help the next.
    """
    took: dict[str, list[float]] = {name: [] for name in works}
    gc.collect()
    gc.freeze()  # as a worker does
    for seed in range(ROUNDS):
        for name, work in works.items():
            batch = made(seed)
            began = time.thread_time()
            work(batch)
            took[name].append((time.thread_time() - began) / len(batch))
    return {name: min(rounds[1:]) for name, rounds in took.items()}


def main() -> None:
    """Measure."""
    unit = min(_loop() for _ in range(20))
    with tempfile.TemporaryDirectory() as directory:
        book = books(Path(directory))
        columns = []
        for unique in (False, True):
            gate = Gate(tuple(rules(book).values()), None, Policy())
            found = [finding for message in messages(unique, ROUNDS) for finding in gate.check(message)]
            if found:
                raise SystemExit(f"nothing should be found, but there is: {found[:3]}")
            works = {name: each(rule.check) for name, rule in rules(book).items()}
            works["gate"] = in_reads(Gate(tuple(rules(book).values()), None, Policy()))
            columns.append(best(works, lambda seed, unique=unique: messages(unique, seed)))  # type: ignore[misc]
        print(f"counters: {counters.NAME}, normaliser: {normalise.KERNEL}")
        print(f"{'':12} {'repeated':>20} {'unique':>20}    (µs, and loops of 100 additions)")
        for name in columns[0]:
            row = "".join(f" {took[name] * 1e6:10.2f} {took[name] / unit:8.1f}x" for took in columns)
            print(f"{name:12}{row}")
        for name, scheme in (("plain", "https"), ("in disguise", "ｈttps")):
            works = {name: each(rules(book)["link"].check)}
            took = best(works, lambda seed, scheme=scheme: links(scheme, seed))[name]  # type: ignore[misc]
            print(f"a new text with a link, {name}, all look-ups: {took * 1e6:7.2f} µs {took / unit:8.1f}x")
        for name, some in (("dated", SENDERS[:DATED]), ("undated", SENDERS[DATED:])):
            numbers = ["82" + number[1:] for number in some]
            took = best({name: each(book.sender)}, lambda seed, numbers=numbers: numbers)[name]  # type: ignore[misc]
            print(f"look-up of a sender, {name}: {took * 1e6:7.2f} µs {took / unit:8.1f}x")
        book.close()


def _loop() -> float:
    began = time.thread_time()
    for _ in range(1000):
        total = 0
        for number in range(100):
            total += number
    return (time.thread_time() - began) / 1000


if __name__ == "__main__":
    main()
