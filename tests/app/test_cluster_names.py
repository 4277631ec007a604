"""Cluster names of several workers become one."""

from __future__ import annotations

from filters.text.near import signature
from filters.text.normalise import prepare
from smppproxy.app.cluster_names import ClusterNames
from smppproxy.state.verdicts import Tidings, VerdictRow

OFFER = "무료 상담 당일 한도 조회 가능합니다 지금 바로 연락 주시면 담당자가 친절히 안내해 드립니다"
OTHER = "내일 저녁 7시에 도서관 앞에서 보자, 늦으면 먼저 들어가서 자리를 잡고 기다릴게 천천히 와"


def name(text: str) -> bytes:
    return signature(prepare(text).key)


def told(*clusters: bytes) -> Tidings:
    rows = [
        VerdictRow(
            0.0, f"t{at}", "acme", "301150232", "821588", b"r", b"", cluster, "",
            "text_loan", "loan", 0.9, "m1", "text", True, True, "domestic",
        )
        for at, cluster in enumerate(clusters)
    ]  # fmt: skip
    return Tidings(rows, [], whole=True)


def clusters_of(tidings: Tidings) -> list[bytes]:
    return [row.cluster for row in tidings.verdicts]


def test_workers_that_met_other_texts_of_a_cluster_first_are_counted_together() -> None:
    names = ClusterNames()
    first, second = name(f"{OFFER} 뷁쀍똟"), name(f"{OFFER} 감사해요")
    assert first != second
    assert clusters_of(names.one(told(first, b""))) == [first, b""]
    assert clusters_of(names.one(told(second, name(OTHER), first))) == [first, name(OTHER), first]


def test_a_name_on_record_goes_on_after_a_restart() -> None:
    on_record = name(OFFER)
    names = ClusterNames(lambda: [on_record, b"a shorter one of somebody's hand"])
    assert clusters_of(names.one(told(name(f"{OFFER} 감사해요")))) == [on_record]


def test_nothing_is_asked_for_while_no_cluster_is_told_of() -> None:
    def fail() -> list[bytes]:
        raise AssertionError

    tidings = told(b"")
    assert ClusterNames(fail).one(tidings) is tidings
