"""Explained: spans as highlighted text, and as numbers for who does not see colours."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from smppproxy.admin.desk.explaining import highlighted

SPANS = st.lists(
    st.fixed_dictionaries(
        {"start": st.integers(-2, 30), "end": st.integers(-2, 30), "weight": st.floats(-9, 9, allow_nan=False)}
    ),
    max_size=6,
)


@given(st.text(alphabet="ab <&\"'가", max_size=20), SPANS)
def test_the_text_stays_whole_whatever_the_spans(text: str, spans: list[dict[str, Any]]) -> None:
    import re
    from html import unescape

    made = highlighted(text, spans)
    assert unescape(re.sub(r"</?mark[^>]*>", "", made)) == text
    assert made.count("<mark") == made.count("</mark>")


def test_strength_and_side() -> None:
    spans = [{"start": 0, "end": 1, "weight": 3.0}, {"start": 1, "end": 2, "weight": -0.5},
             {"start": 2, "end": 3, "weight": 0.01}]  # fmt: skip
    assert highlighted("abc", spans) == (
        '<mark class="for4" title="+3.00">a</mark><mark class="against2" title="-0.50">b</mark>c'
    )


async def test_any_text_can_be_tried(vera: Any, backend: Any, do: Any) -> None:
    await vera.get("/desk/explain")
    before = do("ledger.list")["entries"]
    await vera.post("/desk/explain", text="cash\r\nnow", account="acme", code="301150232", sender="1", recipient="2")
    asked = next(each for each in backend.asked if each["do"] == "text.explain")
    assert asked == {"do": "text.explain", "text": "cash\nnow", "account": "acme", "code": "301150232", "sender": "1",
                     "recipient": "2", "who": "desk:vera"}  # fmt: skip
    for told in ("What moved it most: loan", "refuse text_loan", "0x45 ESME_RSUBMITFAIL", "spam 0.990", "link 1",
                 "personal 0.30", "+3.50 towards it", "-0.60 away from it", "without any text -1.00"):  # fmt: skip
        assert told in vera.text, told
    assert "other 0.10" not in vera.text
    assert "<script>alert" not in vera.page
    assert ">\ncash\nnow</textarea>" in vera.page  # what was asked for stays in its field
    assert do("ledger.list")["entries"] == before


async def test_what_cannot_be_explained(vera: Any) -> None:
    await vera.get("/desk/explain")
    assert (await vera.post("/desk/explain", text="")).status_code == 400
    assert "one character at least" in vera.text


async def test_a_text_nobody_judges_and_a_language_nobody_knows(vera: Any, monkeypatch: Any, backend: Any) -> None:
    from copy import deepcopy

    ask, told = backend.ask, {}

    async def answers(do: str, **fields: Any) -> Any:
        found = deepcopy(await ask(do, **fields))
        if do == "text.explain":
            found.update(told)
            if found["text"] is not None:
                found["text"] |= {"known_language": False, "strange_words": ["hola"]}
        return found

    monkeypatch.setattr(backend, "ask", answers)
    await vera.get("/desk/explain")
    await vera.post("/desk/explain", text="x")
    assert "does not know this language" in vera.text
    assert "Words it never met, or seldom: hola." in vera.text
    told |= {"text": None, "reason": None, "action": "forward", "findings": []}
    await vera.post("/desk/explain", text="x")
    assert "What the judge saw" not in vera.text
    assert "the carrier's own answer" in vera.text
    assert "No rule found anything." in vera.text
