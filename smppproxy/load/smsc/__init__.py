"""An SMSC simulator with faults, receipts and a memory; usable as a program and as a test fixture."""

from smppproxy.load.smsc.answer import SILENT, Answer, Reply, Respond
from smppproxy.load.smsc.behaviour import Behaviour
from smppproxy.load.smsc.link import Link
from smppproxy.load.smsc.received import Arrival, Received
from smppproxy.load.smsc.simulator import SmscSimulator

__all__ = ["SILENT", "Answer", "Arrival", "Behaviour", "Link", "Received", "Reply", "Respond", "SmscSimulator"]
