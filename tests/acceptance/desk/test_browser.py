"""The abuse desk's page in a real browser over a real proxy: a day at the desk, without scripts, then by keyboard.

Every row it shows came from traffic; every change it makes is asked for again from the command line or a bind.
"""

from __future__ import annotations

import json
import time
from itertools import pairwise

import pytest

from smppproxy.state.client import Client

GAMBLING = "바카라 카지노 첫충 30% 매충 10% 가입머니 3만 지급, 먹튀 없는 안전놀이터 입장코드 777 http://slot777.example"
HONEST = "[가람택배] 고객님의 상품 48213907이 오늘 14~16시 사이에 배송될 예정입니다. 문 앞에 놓아 드리겠습니다."
PASSWORD = "correct horse battery"
RULES = """
[policy.actions]
code_missing = "quarantine"
[trace]
texts = "refused"
part_age = 1.0
[[sanctions.rules]]
name = "stop"
window = "24h"
count = 4
share = 0.1
min_score = 0.5
action = "suspend"
warn_at = 0
"""
PHONE, DESK = 390, 1280


@pytest.fixture(scope="module")
def carrier(make_smsc):
    with make_smsc() as smsc:
        yield smsc


@pytest.fixture
def proxy(tmp_path, octets, make_proxy, carrier, judged):
    upstreams = [f'name = "up"\naddress = "{carrier.address}"']
    accounts = ['system_id = "one"\nupstream = "up"']
    with make_proxy(tmp_path, upstreams, accounts, [octets.CODE, octets.OTHER_CODE], text=judged, more=RULES) as proxy:
        yield proxy


@pytest.fixture
def traffic(proxy, octets):
    """Four bad texts of one code, an honest one of the other, two messages without any."""
    reseller = proxy.bound("one")

    def submit(text, code, destination=b"01050001234"):
        tlvs = octets.tlv(0x0424, text.encode("cp949")) + (octets.code(code) if code else b"")
        return reseller.ask(octets.submit(b"", data_coding=0x84, tlvs=tlvs, destination=destination)).status

    assert [submit(GAMBLING, octets.CODE) for _ in range(4)] == [0x45] * 4
    assert submit(HONEST, octets.OTHER_CODE, b"01050009999") == 0
    assert [submit(HONEST, None) for _ in range(2)] == [0, 0]
    proxy.logged("sanction_proposed")
    proxy.logged("quarantined")
    return submit


def _command(proxy, *words, stdin=None):
    done = proxy.command(*words, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _ledger(proxy):
    """Who did what, as the ledger has it, the newest first."""
    entries = Client(proxy.path.parent / "var").request("ledger.list", limit=50)["entries"]
    return [(each["action"], each["who"], each["why"]) for each in entries]


@pytest.mark.browser
def test_a_day_at_the_desk(proxy, traffic, octets, browser, tmp_path):
    base = f"http://{proxy.event['admin']}"
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    browser.size(DESK)

    # nobody is there yet; the command line makes two, the page one
    browser.open(f"{base}/desk")
    assert "smppproxy desk add NAME" in browser.text()
    _command(proxy, "desk", "add", "anna", "--role", "admin", stdin=PASSWORD + "\n")
    _command(proxy, "desk", "add", "ben", stdin=PASSWORD + "\n")
    browser.open(f"{base}/desk/sanctions")
    _sign_in(browser, "anna", "wrong horse")
    assert "do not belong together" in browser.text()
    _sign_in(browser, "anna", PASSWORD)
    assert browser.path == "/desk/sanctions"
    assert browser.run("document.cookie") == ""  # no script would see it

    # a proposal of a rule, approved: the next message of the code is refused for it
    browser.click("a", "No. 1")
    assert "4 of 4 messages" in browser.text()
    assert "malignant" in browser.text()
    browser.write("Why", "plain gambling", ".decisions")
    browser.click("button", "Approve")
    assert "The measure is in force." in browser.text()
    assert traffic(HONEST, octets.CODE) == 0x45
    assert json.loads(_command(proxy, "codes", "show", octets.CODE, "--json"))["code"]["state"] == "suspended"

    # a message from its sanction to its text, which is shown for a reason
    browser.click("a[href^='/desk/messages/']", "")
    assert "text_gambling" in browser.text()
    assert "바카라" not in browser.text()
    until = time.monotonic() + 60
    while GAMBLING not in browser.text():  # texts come to the store a moment after their messages
        assert time.monotonic() < until, browser.text()
        browser.write("Why", "complaint 7", "#text")
        browser.click("button", "Show and explain")
    assert "What moved it most: gambling" in browser.text()
    assert browser.run("document.querySelectorAll('mark[class^=for]').length") > 3

    # a recipient is looked for without its number in the address
    browser.open(f"{base}/desk/messages")
    browser.write("Recipient", "010-5000-9999")
    browser.click("button", "Find")
    assert "1 found" in browser.text()
    assert browser.path == "/desk/messages"

    # held messages, two at once
    browser.open(f"{base}/desk/quarantine")
    for number in (1, 2):
        browser.click("input[type=checkbox]", "choose", f"tbody tr:nth-child({number})", loads=False)
    browser.write("Why", "asked back")
    browser.click("button", "Release")
    assert "2 messages" in browser.text()
    until = time.monotonic() + 60
    while "released" not in _command(proxy, "quarantine", "list", "--state", "released"):
        assert time.monotonic() < until

    # the appeal brings the code back
    browser.open(f"{base}/desk/sanctions/1")
    browser.click("summary", "Write an appeal", loads=False)
    browser.write("What they say", "We were broken into")
    browser.write("Who appeals", "Example Shop")
    browser.click("button", "Write it down")
    browser.write("Why", "shown", ".decisions")
    browser.click("button", "Uphold")
    assert traffic(HONEST, octets.CODE) == 0

    # what everybody did is in the ledger, which is whole
    browser.open(f"{base}/desk/ledger")
    browser.click("button", "Verify")
    assert "is unbroken" in browser.text()
    told = _ledger(proxy)
    for action, why in (("sanction.begin", "plain gambling"), ("text.read", "complaint 7"),
                        ("quarantine.release", "asked back"), ("sanction.appeal_decided", "shown")):  # fmt: skip
        assert (action, "desk:anna", why) in told

    _every_page_fits(browser, base)
    assert [traffic(HONEST, None) for _ in range(2)] == [0, 0]
    _by_keyboard(browser, base, proxy)
    assert not [each for each in browser.events if each["method"] == "Runtime.exceptionThrown"]
    assert not [each for each in browser.events if _complains(each)]
    asked = [
        each["params"]["request"]["url"] for each in browser.events if each["method"].endswith("requestWillBeSent")
    ]
    assert not [url for url in asked if not url.startswith((f"{base}/desk", "data:"))]  # data: its own pictures
    proxy.clean()


def _sign_in(browser, name, password):
    browser.write("Name", name)
    browser.write("Password", password)
    browser.click("button", "Sign in")


def _complains(event):
    """Whether the browser found fault with a page, such as a style its policy forbids; what is refused is none."""
    entry = event["params"].get("entry", {})
    return entry.get("level") in ("error", "warning") and not any(
        each in entry["text"] for each in ("status of 400", "status of 403")
    )


def _every_page_fits(browser, base):
    """No page scrolls sideways, on a desk or a phone; each is named and its headings go down by one."""
    pages = ["", "/sanctions", "/sanctions/1", "/impose", "/quarantine?state=all", "/messages?account=one", "/explain",
             "/codes", "/codes/301150232", "/statistics", "/ledger", "/persons", "/me"]  # fmt: skip
    titles = set()
    for page in pages:
        browser.open(f"{base}/desk{page}")
        titles.add(browser.run("document.title"))
        for width in (DESK, PHONE):
            browser.size(width)
            assert browser.run("document.documentElement.scrollWidth <= innerWidth"), (page, width)
        levels = browser.run("[...document.querySelectorAll('h1, h2, h3')].map((each) => Number(each.tagName[1]))")
        assert levels[0] == 1, page
        assert all(after - before <= 1 for before, after in pairwise(levels)), (page, levels)
        browser.size(DESK)
    assert len(titles) == len(pages)
    _no_word_is_too_long(browser, base)


def _no_word_is_too_long(browser, base):
    """Nor does a text without a blank, wherever it is said again; lines of Arabic begin at the right."""
    browser.open(f"{base}/desk/explain")
    browser.write("Text", "W" * 2000 + "\nقرض فوري بدون ضمانات")
    browser.click("button", "Explain")
    assert browser.run("getComputedStyle(document.querySelector('.said')).unicodeBidi") == "plaintext"
    browser.write("Account", "W" * 400)
    browser.click("button", "Explain")
    assert "Not done" in browser.text(".alert")
    assert "WWWW" in browser.text(".alert")
    for width in (DESK, PHONE):
        browser.size(width)
        assert browser.run("document.documentElement.scrollWidth <= innerWidth"), width
    browser.size(DESK)


def _by_keyboard(browser, base, proxy):
    """Signed out, and in again as another, with nothing but keys; scripts are on now and choose all at once."""
    browser.call("Emulation.setScriptExecutionDisabled", value=False)
    browser.click("button", "Sign out")
    browser.becomes("document.activeElement.id === 'f-name'")  # the field is chosen already
    browser.call("Input.insertText", text="ben")
    browser.key("Tab")
    browser.becomes("document.activeElement.type === 'password'")
    browser.call("Input.insertText", text=PASSWORD)
    browser.key("Enter", loads=True)
    assert browser.path == "/desk"
    assert browser.run("document.querySelector('a[href=\"/desk/persons\"]')") is None
    browser.key("Tab")
    browser.becomes("document.activeElement.innerText === 'To the content'")
    browser.key("Enter")
    browser.becomes("document.activeElement.id === 'content'")
    until = time.monotonic() + 60
    while (count := _held(browser, base)) < 2:
        assert time.monotonic() < until
    browser.click("input[type=checkbox]", "choose all", loads=False)
    assert browser.run("document.querySelectorAll('input[name=id]:checked').length") == count
    browser.open(f"{base}/desk/persons")
    assert "for persons with the role admin" in browser.text()
    _command(proxy, "desk", "remove", "ben")
    browser.open(f"{base}/desk")
    assert browser.path.startswith("/desk/sign-in")


def _held(browser, base):
    browser.open(f"{base}/desk/quarantine")
    return browser.run("document.querySelectorAll('input[name=id]').length")
