"""Trace rows: one for each request and recipient, in the order of TraceRow, and no number in clear."""

from __future__ import annotations

from types import SimpleNamespace

import msgspec
import pytest

from filters.code import CodeRule, CodeSettings
from filters.contract import Action, Finding, Message, Mode, Reason
from smppproxy.app import recorder as recorder_module
from smppproxy.app.recorder import Recorder
from smppproxy.relay.ticket import Cause, Facts, Judgement, Note
from smppproxy.smpp import codec, kernel
from smppproxy.smpp import constants as c
from smppproxy.smpp.pdu import Pdu, SmeAddress, UnsuccessSme
from smppproxy.state.pseudonyms import Pseudonymiser
from smppproxy.state.trace import FIELDS, TraceRow

CODE, RECIPIENT, OTHER = b"301150232\0", b"01050001234", b"01050001235"
KEY = bytes(32)
MESSAGE = b"\0\x01\x0115880000\0\x01\x01" + RECIPIENT + b"\0" + b"\0\0\0\0\0\0\0\0\0\x02hi"


class Shelf:
    """A spool that keeps rows."""

    def __init__(self):
        self.rows = []

    def write(self, rows):
        assert all(len(row) == len(FIELDS) for row in rows)
        self.rows += [TraceRow(*row) for row in rows]

    def write_encoded(self, octets, rows):
        self.write(msgspec.msgpack.decode(b"\xdd" + rows.to_bytes(4) + octets))

    def flush(self, now):
        self.flushed = now


@pytest.fixture
def link():
    rule = CodeRule(CodeSettings(mode=Mode.OFF), SimpleNamespace(version=1, code=lambda code: None), 0.0)
    plan = SimpleNamespace(rule=rule, allowed=None, route="domestic", upstream="smsc")
    return SimpleNamespace(account=SimpleNamespace(name="one", plan=plan), carrier=None)


@pytest.fixture
def recorder():
    made = Recorder(Shelf(), Pseudonymiser(KEY), 0)
    made.begin(1000.0, 5000.0)
    return made


def frame(octets, link, at=998.0):
    return kernel.cut(octets, len(octets), link, at)[0][0]


def submit(link, note=CODE):
    made = frame(_pdu(c.SUBMIT_SM, MESSAGE), link)
    made.note = note
    return made


def _pdu(command, body, status=0):
    return b"".join(n.to_bytes(4) for n in (16 + len(body), command, status, 1)) + body


def answer(body=b"id-1\0", status=0, command=c.SUBMIT_SM_RESP):
    carrier = SimpleNamespace(upstream=SimpleNamespace(plan=SimpleNamespace(name="smsc")))
    return frame(_pdu(command, body, status), carrier, 1000.0)


def rows(recorder):
    recorder.flush(5000.0)
    return recorder.spool.rows


def test_plain_answers_of_a_batch(recorder, link):
    link.carrier = answer().link
    recorder.answered(link, [submit(link), submit(link, None)], [answer(), answer(b"", 0x45)])
    first, second = rows(recorder)
    assert (first.account, first.upstream, first.operation, first.code) == ("one", "smsc", c.SUBMIT_SM, "301150232")
    assert (first.at, first.duration, first.status, first.message_id) == (4998.0, 2.0, 0, "id-1")
    assert (first.sender, first.recipient) == ("15880000", Pseudonymiser(KEY)("01050001234"))
    assert (second.code, second.status, second.message_id) == ("", 0x45, "")
    assert first.trace_id != second.trace_id


def judgement(code=CODE, key=b"a text"):
    return Judgement(None, "loan", 0.25, key, code)


@pytest.mark.parametrize(
    "notes",
    [
        [CODE, None, b"\xe9", b"", b"9" * 300],
        [judgement(), judgement(None), judgement(key=b"")],
        [judgement(), CODE, None, judgement(key=b"another text")],
    ],
)
def test_a_batch_has_the_rows_its_requests_have_alone(recorder, link, notes):
    link.carrier = answer().link
    recorder.model = "m-1"
    tickets = [submit(link, note) for note in notes]
    recorder.answered(link, tickets, [answer(b"id-%d\0" % n, n) for n in range(len(notes))])
    for n, ticket in enumerate(tickets):
        recorder.closed(ticket, Cause.ANSWERED, None, n, answer(b"id-%d\0" % n, n))
    made = rows(recorder)
    assert len({row.trace_id for row in made}) == len(made) == 2 * len(notes)
    batch, alone = ([row._replace(trace_id="") for row in some] for some in (made[: len(notes)], made[len(notes) :]))
    unjudged = [row._replace(model="") if not row.label else row for row in batch]  # it says which model was asked
    assert unjudged == alone


def test_rows_keep_the_order_of_what_happened(recorder, link):
    recorder.closed(submit(link), Cause.ANSWERED, None, 0, answer(b"first\0"))
    recorder.answered(link, [submit(link), submit(link)], [answer(b"second\0"), answer(b"third\0")])
    recorder.closed(submit(link), Cause.ANSWERED, None, 0, answer(b"fourth\0"))
    assert [row.message_id for row in rows(recorder)] == ["first", "second", "third", "fourth"]


def test_codes_are_remembered_within_bounds(recorder, link, monkeypatch):
    monkeypatch.setattr(recorder_module, "_SPELLED", 2)
    monkeypatch.setattr(recorder_module, "_RULES", 1)
    codes = [b"%d" % n for n in range(5)]
    recorder.answered(link, [submit(link, code) for code in codes], [answer()] * 5)
    link.account.plan.rule = CodeRule(CodeSettings(length=9), SimpleNamespace(version=1), 0.0)
    recorder.answered(link, [submit(link, codes[0])], [answer()])
    assert [row.code for row in rows(recorder)] == ["0", "1", "2", "3", "4", "0"]
    assert [len(each) for each in recorder._codes.values()] == [1]


def test_a_refusal_has_its_reason_and_the_trace_id_that_was_told(recorder, link):
    finding = Finding(Reason.CODE_MISSING, "code", "the field is absent")
    ticket = submit(link, Note(None, finding, trace_id="told"))
    recorder.closed(ticket, Cause.GATE, Reason.CODE_MISSING, 0xC3, None)
    (row,) = rows(recorder)
    assert (row.trace_id, row.action, row.reason, row.status) == ("told", "refuse", "code_missing", 0xC3)
    assert (row.upstream, row.code, row.message_id) == ("", "", "")


def test_what_was_only_observed_is_kept_beside_the_answer(recorder, link):
    seen = Finding(Reason.CODE_UNREGISTERED, "code", "", enforce=False)
    recorder.closed(submit(link, Note(CODE, seen)), Cause.ANSWERED, None, 0, answer())
    (row,) = rows(recorder)
    assert (row.action, row.reason, row.observed, row.message_id) == ("forward", "", "code_unregistered", "id-1")


class Texts:
    """Keeps texts in memory."""

    def __init__(self):
        self.kept = []

    def keep(self, *text):
        self.kept.append(text)

    def flush(self, now):
        self.flushed = now


@pytest.mark.parametrize(
    ("cause", "reason", "action", "kept"),
    [
        (Cause.TEXT, Reason.TEXT_LOAN, None, True),
        (Cause.TEXT, Reason.TEXT_LOAN, Action.SWALLOW, True),
        (Cause.TEXT, Reason.TEXT_LOAN, Action.QUARANTINE, False),
        (Cause.GATE, Reason.WINDOW_FULL, None, False),
        (Cause.ANSWERED, None, None, False),
    ],
)
def test_texts_of_refused_messages_are_kept_with_their_trace_id(link, cause, reason, action, kept):
    recorder = Recorder(Shelf(), Pseudonymiser(KEY), 0, texts=Texts())
    recorder.begin(1000.0, 5000.0)
    facts = Facts(Message(account="one", texts=("a loan", "another reading")), judgement=Judgement(key=b"key"))
    ticket = submit(link, Note(CODE, facts=facts, trace_id="told", action=action))
    recorder.closed(ticket, cause, reason, 0x45, answer() if cause is Cause.ANSWERED else None)
    (row,) = rows(recorder)
    expected = [(4998.0, "told", row.text, "a loan")] if kept else []
    assert (recorder.texts.kept, recorder.texts.flushed) == (expected, 5000.0)


def test_a_text_that_was_not_read_is_not_kept(link):
    recorder = Recorder(Shelf(), Pseudonymiser(KEY), 0, texts=Texts())
    recorder.begin(1000.0, 5000.0)
    recorder.closed(submit(link, Note(None, trace_id="told")), Cause.GATE, Reason.CODE_MISSING, 0xC3, None)
    assert recorder.texts.kept == []


@pytest.mark.parametrize(
    ("cause", "reason", "action", "upstream"),
    [
        (Cause.TIMEOUT, Reason.RESPONSE_TIMEOUT, "forward", "smsc"),
        (Cause.LINK_LOST, Reason.UPSTREAM_LOST, "forward", "smsc"),
        (Cause.LINK_LOST, Reason.UPSTREAM_ABSENT, "throttle", ""),
        (Cause.GATE, Reason.WINDOW_FULL, "throttle", ""),
        (Cause.TEXT, Reason.TEXT_GAMBLING, "refuse", ""),
        (Cause.RESELLER_GONE, Reason.RESELLER_GONE, "forward", ""),
        (Cause.SHUTDOWN, Reason.UPSTREAM_LOST, "forward", ""),
    ],
)
def test_what_became_of_it(recorder, link, cause, reason, action, upstream):
    recorder.closed(submit(link), cause, reason, 0x08, None)
    (row,) = rows(recorder)
    assert (row.action, row.reason, row.upstream, row.code) == (action, reason.value, upstream, "301150232")


@pytest.mark.parametrize("action", [Action.SWALLOW, Action.QUARANTINE])
def test_what_we_accepted_in_the_carrier_s_place(recorder, link, action):
    note = Note(CODE, Finding(Reason.TEXT_LOAN, "text"), action=action)
    ours = frame(_pdu(c.SUBMIT_SM_RESP, b"0123456789abcdef\0"), None)
    recorder.closed(submit(link, note), Cause.TEXT, Reason.TEXT_LOAN, 0, ours)
    (row,) = rows(recorder)
    assert (row.action, row.reason, row.status, row.upstream) == (action.value, "text_loan", 0, "")
    assert row.message_id == "0123456789abcdef"


def test_what_was_rewritten_says_why(recorder, link):
    note = Note(CODE, Finding(Reason.SENDER_SPOOFED, "sender"), action=Action.REWRITE)
    recorder.closed(submit(link, note), Cause.ANSWERED, None, 0, answer())
    recorder.closed(submit(link, note), Cause.LINK_LOST, Reason.UPSTREAM_ABSENT, 8, None)
    sent, stayed = rows(recorder)
    assert (sent.action, sent.reason, sent.upstream, sent.sender) == ("rewrite", "sender_spoofed", "smsc", "15880000")
    assert (stayed.action, stayed.reason, stayed.upstream) == ("throttle", "upstream_absent", "")


def test_a_row_for_each_recipient_with_its_own_status(recorder, link):
    fields = dict.fromkeys(
        ("protocol_id", "priority_flag", "registered_delivery", "replace_if_present_flag", "data_coding"), 0
    )
    pdu = Pdu(
        c.SUBMIT_MULTI,
        0,
        1,
        fields
        | {"dest_addresses": [SmeAddress(1, 1, RECIPIENT), SmeAddress(1, 1, OTHER)], "short_message": b"hi"}
        | {"service_type": b"", "source_addr_ton": 1, "source_addr_npi": 1, "source_addr": b"1588", "esm_class": 0}
        | {"schedule_delivery_time": b"", "validity_period": b"", "sm_default_msg_id": 0},
    )
    ticket = frame(codec.encode(pdu), link)
    failed = UnsuccessSme(1, 1, OTHER, 0x0B)
    ticket.note = Note(CODE, refused=(failed,))
    told = codec.encode(Pdu(c.SUBMIT_MULTI_RESP, 0, 1, {"message_id": b"id-2", "unsuccess_sme": [failed]}))
    recorder.closed(ticket, Cause.ANSWERED, None, 0, frame(told, None))
    first, second = rows(recorder)
    assert (first.status, first.action, first.message_id, first.upstream) == (0, "forward", "id-2", "smsc")
    assert (second.status, second.action, second.message_id) == (0x0B, "refuse", "")
    assert first.recipient != second.recipient


def test_a_submit_multi_that_cannot_be_read_has_a_row_all_the_same(recorder, link):
    recorder.closed(frame(_pdu(c.SUBMIT_MULTI, b"\0\x01"), link), Cause.GATE, Reason.FIELD_BROKEN, 1, None)
    (row,) = rows(recorder)
    assert row.status == 1


def test_no_number_is_kept_in_clear(recorder, link):
    recorder.closed(submit(link), Cause.ANSWERED, None, 0, answer())
    assert RECIPIENT.decode() not in repr(rows(recorder))


def test_a_clock_that_is_set_spoils_no_later_row(recorder, link):
    recorder.begin(1001.0, 9001.0)
    recorder.closed(submit(link), Cause.ANSWERED, None, 0, answer())
    assert rows(recorder)[0].at == 8998.0


def test_who_has_no_account_has_no_rows(recorder, link):
    link.account = None
    recorder.closed(submit(link), Cause.GATE, Reason.DRAINING, 0x58, None)
    recorder.answered(link, [submit(link)], [answer()])
    assert rows(recorder) == []
    assert recorder.spool.flushed == 5000.0
