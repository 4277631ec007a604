"""What pages are put together from."""

from __future__ import annotations

from smppproxy.admin.desk import parts
from smppproxy.admin.desk.html import tag


def test_a_table_says_its_roles_and_labels() -> None:
    made = parts.table("About", ("name", "n"), [("a", "1")], empty="nothing", numbers=("n",), heard=("name",))
    assert "<caption>About</caption>" in made
    assert '<td role="cell" data-label="n" class="number">1</td>' in made
    assert '<td role="cell">a</td>' in made
    assert '<span class="unseen">name</span></th>' in made
    assert parts.table("About", ("n",), [], empty="nothing") == '<p class="empty">nothing</p>'


def test_instants() -> None:
    assert parts.moment(None) == ""
    assert parts.moment(1_800_000_000_123) == '<time datetime="2027-01-15T08:00:00Z">2027-01-15 08:00:00</time>'
    assert "beyond" in parts.moment(10**18)


def test_addresses_of_data() -> None:
    assert parts.at("codes", "relay:0009/x?y") == "/desk/codes/relay%3A0009%2Fx%3Fy"
    assert parts.address("/desk", a="1&2", b="") == "/desk?a=1%262"
    assert 'href="/desk/codes/%22%3E"' in parts.code_link('">')
    assert parts.code_link("") == parts.message_link("") == ""


def test_fields_have_labels_and_their_own_names() -> None:
    made = parts.field("Why", "why", key="why-2", hint="short", needed=True)
    assert 'for="f-why-2"' in made
    assert 'id="f-why-2" name="why"' in made
    assert 'aria-describedby="f-why-2-hint"' in made
    assert "required" in made
    assert '<option value="b" selected>b</option>' in parts.select("X", "x", ["a", "b"], "b")
    assert parts.area("T", "t", value="\nfirst").count("\n") == 2  # browsers drop the first line break


def test_facts_leave_out_what_is_empty() -> None:
    assert parts.facts([("a", ""), ("b", None), ("c", tag("b", "x"))]).count("<dt>") == 1
    assert parts.facts([]) == ""


def test_a_badge_of_an_unknown_word_is_plain() -> None:
    assert parts.badge("standing") == '<span class="badge bad">standing</span>'
    assert parts.badge('"x') == '<span class="badge plain">&quot;x</span>'
