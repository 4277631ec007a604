"""What is done about a message that is not simply forwarded or refused: swallowed, rewritten, held, throttled."""

from __future__ import annotations

from typing import Any

import pytest

from filters.contract import Action, Finding, Message, Mode, Reason
from filters.exemptions import Exemption
from filters.policy import Policy
from filters.ports import CodeState
from smppproxy.relay.ticket import Cause
from smppproxy.smpp import codec
from smppproxy.smpp import constants as c
from smppproxy.smpp.pdu import Pdu, SmeAddress

GOOD, BAD = b"hello", b"casino"


class Foreign:
    """A rule that finds senders of ten digits unregistered, and says what is to be written."""

    name = "sender"
    mode = Mode.ENFORCE
    on_error = "forward"

    def __init__(self, rewrite: str = "") -> None:
        self.rewrite = rewrite

    def check(self, message: Message) -> Finding | None:
        if message.sender != "0215880000":
            return None
        return Finding(Reason.SENDER_UNREGISTERED, self.name, rewrite=self.rewrite)


class OptOut:
    """A rule that refuses one recipient."""

    name = "blocklist"
    mode = Mode.ENFORCE
    on_error = "forward"

    def check(self, message: Message) -> Finding | None:
        out = tuple(each for each in message.recipients if each == "01099999999")
        return Finding(Reason.RECIPIENT_REFUSED, self.name, recipients=out) if out else None


def on_gambling(action: Action) -> Policy:
    return Policy({Reason.TEXT_GAMBLING: action}, "Likely-SCAM")


def renamed(pdu: bytes, name: bytes, sender: bytes = b"0215880000") -> bytes:
    """The PDU under another sender, made here by hand."""
    old, new = b"\0\0" + sender + b"\0", b"\x05\0" + name + b"\0"
    assert pdu.count(old) == 1
    body = pdu[16:].replace(old, new)
    return (16 + len(body)).to_bytes(4, "big") + pdu[4:16] + body


def numbered(pdu: bytes, sequence: int) -> bytes:
    return pdu[:12] + sequence.to_bytes(4, "big") + pdu[16:]


# ---------------------------------------------------------------- swallow


@pytest.mark.parametrize("mode", ["paired", "pooled"])
def test_a_swallowed_message_is_answered_as_if_it_were_accepted(street: Any, talk: Any, mode: str) -> None:
    at = street(mode=mode, judge=talk.Judge(), policy=on_gambling(Action.SWALLOW))
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(7, BAD), talk.submit(8, GOOD))
    [answer] = reseller.reads()
    assert (answer.command, answer.status, answer.sequence) == (c.SUBMIT_SM_RESP, 0, 7)
    assert len(answer.fields["message_id"]) == 16
    [forwarded] = smsc.gets()
    assert numbered(forwarded, 8) == talk.submit(8, GOOD)
    smsc.sends(talk.answer(int.from_bytes(forwarded[12:16], "big"), b"1"))
    reseller.gets()
    count = at.house.desk.count
    assert count.closed[Cause.TEXT] == count.reasons[Reason.TEXT_GAMBLING] == 1
    assert count.actions == {(Action.SWALLOW, Reason.TEXT_GAMBLING): 1}
    at.law()
    at.is_quiet()


@pytest.mark.parametrize("command", [c.DATA_SM, c.SUBMIT_MULTI, c.BROADCAST_SM])
def test_every_operation_has_its_own_yes(street: Any, talk: Any, command: int) -> None:
    at = street(policy=Policy({Reason.CODE_MISSING: Action.SWALLOW}))
    reseller, smsc = at.bound()
    if command == c.SUBMIT_MULTI:
        fields = {"source_addr": b"1", "dest_addresses": [SmeAddress(1, 1, b"010")], "short_message": b"x"}
        pdu = codec.encode(Pdu(command, 0, 7, fields))
    elif command == c.BROADCAST_SM:
        pdu = codec.encode(Pdu(command, 0, 7, {"source_addr": b"1"}))
    else:
        pdu = talk.submit(7, code=None, command=command)
    reseller.sends(pdu)
    [answer] = reseller.reads()
    assert (answer.command, answer.status, answer.sequence) == (command | c.RESPONSE_BIT, 0, 7)
    assert len(answer.fields["message_id"]) == 16
    assert answer.fields.get("unsuccess_sme", []) == []
    assert smsc.gets() == []
    at.is_quiet()


# ---------------------------------------------------------------- throttle, observe


def test_a_throttled_text_is_told_so_that_it_comes_again(street: Any, talk: Any) -> None:
    at = street(judge=talk.Judge(), policy=on_gambling(Action.THROTTLE))
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(7, BAD))
    assert reseller.statuses() == [(0x58, 7)]
    assert smsc.gets() == []


def test_an_observed_reason_is_counted_and_forwarded(street: Any, talk: Any) -> None:
    at = street(judge=talk.Judge(), policy=on_gambling(Action.OBSERVE))
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(7, BAD))
    [forwarded] = smsc.gets()
    smsc.sends(talk.answer(int.from_bytes(forwarded[12:16], "big"), b"1"))
    assert reseller.gets() == [talk.answer(7, b"1")]
    assert at.house.desk.count.observed[Reason.TEXT_GAMBLING] == 1


# ---------------------------------------------------------------- rewrite


@pytest.mark.parametrize("judged", [False, True])
@pytest.mark.parametrize("named", ["", "Unverified"])
def test_a_rewritten_message_differs_in_its_sender_alone(street: Any, talk: Any, judged: bool, named: str) -> None:
    policy = Policy({Reason.SENDER_UNREGISTERED: Action.REWRITE}, "Likely-SCAM")
    at = street(judge=talk.Judge() if judged else None, policy=policy, rules=[Foreign(named)])
    reseller, smsc = at.bound()
    odd = [(0x1500, b"x"), (0x3000, b""), (0x1500, b"x")]
    sent = talk.submit(7, b"\x01\x02 hello", tlvs=odd, service_type=b"CMT", source_addr_npi=0, validity_period=b"")
    reseller.sends(sent)
    [forwarded] = smsc.gets()
    assert numbered(forwarded, 7) == renamed(sent, (named or "Likely-SCAM").encode())
    assert at.house.desk.count.actions == {(Action.REWRITE, Reason.SENDER_UNREGISTERED): 1}
    smsc.sends(talk.answer(int.from_bytes(forwarded[12:16], "big"), b"9"))
    assert reseller.gets() == [talk.answer(7, b"9")]
    at.is_quiet()


def test_a_rewritten_message_is_judged_all_the_same(street: Any, talk: Any) -> None:
    policy = Policy({Reason.SENDER_UNREGISTERED: Action.REWRITE}, "Likely-SCAM")
    at = street(judge=talk.Judge(), policy=policy, rules=[Foreign()])
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(7, BAD))
    assert reseller.statuses() == [(0x45, 7)]
    assert smsc.gets() == []


def test_a_rewritten_sender_and_a_code_that_is_stripped(street: Any, talk: Any) -> None:
    from smppproxy.relay.plan import CodeTlv, Forward

    policy = Policy({Reason.SENDER_UNREGISTERED: Action.REWRITE}, "Likely-SCAM")
    at = street(policy=policy, rules=[Foreign()], account={"code": CodeTlv(forward=Forward.STRIP)})
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(7))
    [forwarded] = smsc.gets()
    assert numbered(forwarded, 7) == renamed(talk.submit(7, code=None), b"Likely-SCAM")


def test_a_rewritten_submit_multi_without_some(street: Any, talk: Any) -> None:
    policy = Policy({Reason.SENDER_UNREGISTERED: Action.REWRITE}, "Likely-SCAM")
    at = street(policy=policy, rules=[Foreign(), OptOut()])
    reseller, smsc = at.bound()

    def multi(*numbers: bytes) -> bytes:
        fields = {"source_addr": b"0215880000", "dest_addresses": [SmeAddress(1, 1, n) for n in numbers]}
        return codec.encode(Pdu(c.SUBMIT_MULTI, 0, 7, fields | {"short_message": b"x"}, [(0x1400, talk.ACTIVE)]))

    reseller.sends(multi(b"01012345678", b"01099999999"))
    [forwarded] = smsc.gets()
    assert numbered(forwarded, 7) == renamed(multi(b"01012345678"), b"Likely-SCAM")


def test_a_rewritten_replace_sm(street: Any, talk: Any) -> None:
    policy = Policy({Reason.SENDER_UNREGISTERED: Action.REWRITE}, "Likely-SCAM")
    at = street(policy=policy, rules=[Foreign()])
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(7))
    [forwarded] = smsc.gets()
    smsc.sends(talk.answer(int.from_bytes(forwarded[12:16], "big"), b"id9"))
    fields = {"message_id": b"id9", "source_addr": b"0215880000", "short_message": b"other"}
    replacing = codec.encode(Pdu(c.REPLACE_SM, 0, 8, fields))
    reseller.sends(replacing)
    [forwarded] = smsc.gets()
    assert numbered(forwarded, 8) == renamed(replacing, b"Likely-SCAM")


def test_segments_held_back_are_rewritten_together(street: Any, talk: Any) -> None:
    at = street(judge=talk.Judge(), policy=on_gambling(Action.REWRITE), limits={"segment_hold": 1.0})
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(1), talk.submit(2), talk.submit(3))
    smsc.gets()
    parts = [talk.submit(9 + n, b"\5\0\3\7\2" + bytes([n]) + t, esm_class=0x40) for n, t in ((1, b"cas"), (2, b"ino"))]
    reseller.sends(*parts)
    forwarded = [numbered(pdu, 0) for pdu in smsc.gets()]
    assert sorted(forwarded) == sorted(numbered(renamed(part, b"Likely-SCAM"), 0) for part in parts)


# ---------------------------------------------------------------- codes and exemptions


def test_the_code_s_own_reasons_follow_the_table(street: Any, talk: Any) -> None:
    at = street(policy=Policy({Reason.CODE_MISSING: Action.REWRITE, Reason.CODE_UNREGISTERED: Action.OBSERVE}, "X"))
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(7, code=None), talk.submit(8, code=talk.UNKNOWN), talk.submit(9, code=talk.SUSPENDED))
    assert reseller.statuses() == [(0x45, 9)]
    without, unknown = (numbered(pdu, 0) for pdu in smsc.gets())
    assert without == numbered(renamed(talk.submit(7, code=None), b"X"), 0)
    assert unknown == numbered(talk.submit(8, code=talk.UNKNOWN), 0)
    assert at.house.desk.count.actions == {(Action.REWRITE, Reason.CODE_MISSING): 1}


def test_who_is_exempt_passes_the_door_too(street: Any, talk: Any) -> None:
    one = Exemption(name="otp", owner="anna", why="", until=2e9, accounts=frozenset({"reseller2"}))
    at = street(judge=talk.Judge(), policy=Policy(exemptions=[one]), accounts=["reseller2"])
    reseller, smsc = at.bound()
    exempt, its_smsc = at.bound(system_id=b"reseller2")
    for peer in (reseller, exempt):
        peer.sends(talk.submit(7, BAD), talk.submit(8, code=None), talk.submit(9, code=talk.SUSPENDED))
    assert sorted(reseller.statuses()) == [(0x45, 7), (0x45, 9), (0xC3, 8)]
    assert exempt.statuses() == [(0x45, 9)]
    assert smsc.gets() == []
    assert sorted(numbered(pdu, 0) for pdu in its_smsc.gets()) == sorted(
        numbered(pdu, 0) for pdu in (talk.submit(7, BAD), talk.submit(8, code=None))
    )
    at.law()


def test_a_sanction_made_while_the_text_waits_follows_the_table(street: Any, talk: Any) -> None:
    policy = Policy({Reason.CODE_SANCTIONED: Action.SWALLOW})
    at = street(judge=talk.Judge(), policy=policy)
    reseller, smsc = at.bound()
    at.house.sent(reseller.link, talk.submit(7), at.now)
    at.book.put("301150232", CodeState.STRUCK)
    at.settle()
    [answer] = reseller.reads()
    assert (answer.status, len(answer.fields["message_id"])) == (0, 16)
    assert smsc.gets() == []
    at.is_quiet()


# ---------------------------------------------------------------- quarantine


def test_a_held_message_is_answered_once_it_is_safe(street: Any, talk: Any) -> None:
    at = street(judge=talk.Judge(), policy=on_gambling(Action.QUARANTINE))
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(7, BAD))
    assert reseller.gets() == []
    assert at.house.desk.count.in_flight == 1
    at.law()
    [held] = at.disk()
    assert held.frame.raw == talk.submit(7, BAD)
    assert held.finding.reason is Reason.TEXT_GAMBLING
    [answer] = reseller.reads()
    assert (answer.status, answer.fields["message_id"]) == (0, held.message_id.encode())
    assert smsc.gets() == []
    assert at.house.desk.count.actions == {(Action.QUARANTINE, Reason.TEXT_GAMBLING): 1}
    at.is_quiet()


def test_where_there_is_no_room_the_client_is_to_come_again(street: Any, talk: Any) -> None:
    at = street(judge=talk.Judge(), policy=on_gambling(Action.QUARANTINE))
    reseller, _ = at.bound()
    reseller.sends(talk.submit(7, BAD))
    at.disk(safe=False)
    assert reseller.statuses() == [(0x58, 7)]
    at.house.desk.quarantine.enabled = False
    reseller.sends(talk.submit(8, BAD))
    assert reseller.statuses() == [(0x58, 8)]
    assert at.house.desk.count.reasons[Reason.QUARANTINE_FULL] == 2
    at.is_quiet()


def test_a_disk_that_hangs_keeps_nobody_waiting(street: Any, talk: Any) -> None:
    at = street(judge=talk.Judge(), policy=on_gambling(Action.QUARANTINE), limits={"quarantine_wait": 5.0})
    reseller, _ = at.bound()
    reseller.sends(talk.submit(7, BAD))
    taken = at.house.desk.quarantine.take()
    at.waits(6.0)
    assert [(s, n) for s, n in reseller.statuses() if n == 7] == [(0x08, 7)]
    for held in taken:
        at.house.desk.held(held, True)
    at.settle()
    assert reseller.gets() == []
    at.is_quiet()


def test_who_leaves_before_the_disk_is_done_gets_no_answer(street: Any, talk: Any) -> None:
    at = street(judge=talk.Judge(), policy=on_gambling(Action.QUARANTINE))
    reseller, smsc = at.bound()
    reseller.sends(talk.submit(7, BAD))
    reseller.hangs_up()
    smsc.gets()
    at.disk()
    assert at.house.desk.count.closed[Cause.RESELLER_GONE] == 1
    at.is_quiet()


def test_an_unbind_waits_for_the_disk(street: Any, talk: Any) -> None:
    at = street(judge=talk.Judge(), policy=on_gambling(Action.QUARANTINE))
    reseller, _ = at.bound()
    reseller.sends(talk.submit(7, BAD), talk.header(c.UNBIND, 8))
    assert reseller.gets() == []
    at.disk()
    assert [(pdu.command, pdu.sequence) for pdu in reseller.reads()] == [(c.SUBMIT_SM_RESP, 7), (c.UNBIND_RESP, 8)]
    assert reseller.closed


def test_the_segments_of_one_text_are_held_together(street: Any, talk: Any) -> None:
    at = street(judge=talk.Judge(), policy=on_gambling(Action.QUARANTINE))
    reseller, smsc = at.bound()
    parts = [(1, b"cas"), (2, b"ino"), (3, b"!")]
    for number, text in parts:
        reseller.sends(talk.submit(number, b"\5\0\3\7\3" + bytes([number]) + text, esm_class=0x40))
    reseller.sends(talk.submit(4, BAD))
    assert len(smsc.gets()) == 1  # the first was good as far as anybody could see
    second, third, other = at.disk()
    assert second.text_id == third.text_id == second.message_id
    assert third.message_id != second.message_id
    assert other.text_id == other.message_id


def test_held_submit_multi_keeps_nobody_who_was_refused(street: Any, talk: Any) -> None:
    at = street(judge=talk.Judge(), policy=on_gambling(Action.QUARANTINE), rules=[OptOut()])
    reseller, _ = at.bound()
    addresses = [SmeAddress(1, 1, b"01012345678"), SmeAddress(1, 1, b"01099999999")]
    fields = {"source_addr": b"1", "dest_addresses": addresses, "short_message": BAD}
    reseller.sends(codec.encode(Pdu(c.SUBMIT_MULTI, 0, 7, fields, [(0x1400, talk.ACTIVE)])))
    [held] = at.disk()
    assert codec.decode(held.frame.raw).fields["dest_addresses"] == addresses[:1]
    [answer] = reseller.reads()
    assert answer.fields["message_id"] == held.message_id.encode()
    assert [(sme.addr, sme.error) for sme in answer.fields["unsuccess_sme"]] == [(b"01099999999", 0x0B)]
