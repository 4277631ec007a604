"""What each reason means and what whoever sent the message can do about it, in one sentence each.

The reference page of reasons and ``smppproxy explain`` both print this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from filters.contract import Reason


class Meaning(NamedTuple):
    """One sentence for what was seen, one for what to do."""

    what: str
    remedy: str


_AGAIN = "Send it again later, with growing pauses."
_TEXT = "Do not send it again; if the judgement is wrong, show the operator the text and the trace."
_CLIENT = "Mend the client; sending the same octets again leads to the same answer."

MEANINGS: Final[Mapping[Reason, Meaning]] = MappingProxyType(
    {
        Reason.CODE_MISSING: Meaning(
            "The TLV of the first sender's code, or of another identity that is required, is absent.",
            "Ask the operator for the tag and add the TLV to every message.",
        ),
        Reason.CODE_LENGTH: Meaning(
            "The value is empty or is not as long as demanded; trailing NULs and spaces do not count.",
            "Send the value in its full length, without hyphens.",
        ),
        Reason.CODE_FORMAT: Meaning(
            "The value holds characters the operator's format does not allow.",
            "Send digits where digits are asked for, as ASCII.",
        ),
        Reason.CODE_CONFLICT: Meaning(
            "The TLV occurs more than once, with different values.", "Send it once; check every hop that may add one."
        ),
        Reason.CODE_UNREGISTERED: Meaning(
            "The code is not in the operator's registry.", "Have the code registered, or correct it."
        ),
        Reason.CODE_INACTIVE: Meaning(
            "The code is registered, but expired or not yet valid.", "Have its registration renewed."
        ),
        Reason.CODE_NOT_ALLOWED: Meaning(
            "The code is valid, but this account may not carry it.",
            "Have the code added to the account, or send over the account it belongs to.",
        ),
        Reason.CODE_SANCTIONED: Meaning(
            "The code is suspended or struck, on every account.",
            "Do not send it again; the first sender has to settle the matter with the operator.",
        ),
        Reason.ACCOUNT_SANCTIONED: Meaning(
            "The account itself is suspended or struck, whatever code it sends with.",
            "Do not send it again; settle the matter with the operator.",
        ),
        Reason.SENDER_MALFORMED: Meaning(
            "The sender number does not fit the number plan.", "Send a whole number, with its area code."
        ),
        Reason.SENDER_UNREGISTERED: Meaning(
            "The sender number is not registered for this code or account.", "Have the number registered."
        ),
        Reason.SENDER_SPOOFED: Meaning(
            "The sender number is protected or belongs to somebody else.", "Send from a number of your own."
        ),
        Reason.SENDER_BLACKLISTED: Meaning(
            "The sender number is on a blacklist.", "Do not use the number; ask the operator about its entry."
        ),
        Reason.RECIPIENT_REFUSED: Meaning("This destination is not served.", "Take the number out of the list."),
        Reason.TEXT_GAMBLING: Meaning("The text was judged to advertise gambling.", _TEXT),
        Reason.TEXT_LOAN: Meaning("The text was judged to advertise illegal loans.", _TEXT),
        Reason.TEXT_DRUG: Meaning("The text was judged to advertise drugs or prescription medicine.", _TEXT),
        Reason.TEXT_ADULT: Meaning("The text was judged to be adult advertising.", _TEXT),
        Reason.TEXT_INVESTMENT: Meaning("The text was judged to be an investment scam.", _TEXT),
        Reason.TEXT_SMISHING: Meaning("The text was judged to be smishing.", _TEXT),
        Reason.TEXT_SPAM: Meaning("The text was judged to be spam of another kind.", _TEXT),
        Reason.TEXT_UNDECODABLE: Meaning(
            "The text can be read neither as its data_coding says nor otherwise.", _CLIENT
        ),
        Reason.LINK_REFUSED: Meaning("The text holds a link that is not allowed.", "Take the link out."),
        Reason.ADVERT_RULE: Meaning(
            "An advertisement lacks its label or opt-out, or was sent at night.", "Follow the rule that is named."
        ),
        Reason.ACCOUNT_RATE: Meaning("The account sends more per second than was agreed.", _AGAIN),
        Reason.CODE_RATE: Meaning("The code sends more than it may.", _AGAIN),
        Reason.WINDOW_FULL: Meaning(
            "More requests were unanswered than the account's window allows.",
            "Wait for answers before sending more; set the client's window to the account's.",
        ),
        Reason.OVERLOADED: Meaning("The proxy has more to do than it can.", _AGAIN),
        Reason.QUARANTINE_FULL: Meaning(
            "The message is to be held for a person to look at, and there is no room to hold more.", _AGAIN
        ),
        Reason.JUDGE_LATE: Meaning("The text could not be judged in time.", _AGAIN),
        Reason.SERVICE_UNAVAILABLE: Meaning(
            "A service the operator asks before sending gave no answer in time.", _AGAIN
        ),
        Reason.DRAINING: Meaning("The proxy is shutting down.", "Bind again and send it again."),
        Reason.RULE_FAILED: Meaning("A rule could not do its work; the fault is the proxy's.", _AGAIN),
        Reason.TLV_STREAM_BROKEN: Meaning("The TLVs do not end where the PDU ends.", _CLIENT),
        Reason.TEXT_TWICE: Meaning("Both short_message and message_payload are filled.", "Fill one of them."),
        Reason.SEGMENT_CONFLICT: Meaning(
            "The PDU is marked as a segment both in its header (UDH) and in its TLVs (SAR).", "Use one of them."
        ),
        Reason.FIELD_BROKEN: Meaning("A field has no terminator, is too long or is cut off.", _CLIENT),
        Reason.NOT_OWNED: Meaning(
            "The message_id is not one of this account's messages.", "Use a message_id this account was given."
        ),
        Reason.STATE_FORBIDS: Meaning("The operation is not allowed in this bind state.", "Bind as transmitter first."),
        Reason.UPSTREAM_LOST: Meaning(
            "The link to the SMSC broke while the message was under way; it may or may not have been accepted.",
            "Send it again if a duplicate does less harm than a loss.",
        ),
        Reason.UPSTREAM_ABSENT: Meaning("There is no link to the SMSC.", _AGAIN),
        Reason.RESPONSE_TIMEOUT: Meaning(
            "The SMSC did not answer in time; it may or may not have accepted the message.",
            "Send it again if a duplicate does less harm than a loss.",
        ),
        Reason.CARRIER_REFUSED: Meaning(
            "The SMSC refused; its own status is passed on unchanged.", "Look the status up in the SMSC's list."
        ),
        Reason.RESELLER_GONE: Meaning(
            "The client was gone before there was an answer; nobody was told one.", "Bind again."
        ),
    }
)
