"""The generated corpus: seeded, of every class, and well-formed."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.recipe.generate import cipher, corpus, evasion, foreign, slots
from models.recipe.generate.counterfeit import counterfeit
from models.recipe.generate.grammar import Grammar, GrammarError, lexicon
from models.recipe.generate.paraphrase import paraphrase
from models.recipe.labels import CLASSES, SUBCLASSES, UNKNOWN, kind_targets, targets


def test_the_same_seed_gives_the_same_texts() -> None:
    one, same, other = (corpus.generate(seed, 1) for seed in (1, 1, 2))
    assert [row.text for row in one] == [row.text for row in same]
    assert [row.text for row in one] != [row.text for row in other]


def test_every_class_and_subclass_in_every_language() -> None:
    _, templates = corpus.grammars()
    for lang in corpus.LANGUAGES:
        mine = {(template.label, template.subclass) for template in templates if template.lang == lang}
        assert {label for label, _ in mine} == {*CLASSES, "ham"}
        for label, subclasses in SUBCLASSES.items():
            assert {(label, subclass) for subclass in subclasses} <= mine


def test_texts_are_whole() -> None:
    for row in corpus.generate(3, 2):
        assert row.text
        plain = re.sub(r"#\{\w+\}", "", row.text.replace("• ", ""))  # what a firm's own template left to fill in
        assert not set("{}¶•") & set(plain), row.text
        assert row.targets[-1] == (0 if row.subclass.startswith("ham/") else 1)


@pytest.mark.parametrize("template", ["{nothing}", "<a|b", "{loop}"])
def test_a_broken_template_is_named(template: str) -> None:
    grammar = Grammar(lexicon("loop: {loop}"), {})
    with pytest.raises(GrammarError):
        grammar.expand(template, random.Random(1))


def test_a_line_that_is_no_lexicon_entry_is_refused() -> None:
    with pytest.raises(GrammarError):
        lexicon("no entry here")


def test_choices_and_slots_nest() -> None:
    grammar = Grammar(lexicon("who: you | <me|us>"), {"n": slots.number_of(1, 1)})
    texts = {grammar.expand("<hello {who}|bye> {n}", random.Random(seed)) for seed in range(40)}
    assert texts == {"hello you 1", "hello me 1", "hello us 1", "bye 1"}


@pytest.mark.parametrize("name", list(evasion.OPERATORS))
def test_an_operator_takes_any_text_and_is_seeded(name: str) -> None:
    operator = evasion.OPERATORS[name]
    for text in ("", "내일 점심 12시 도서관 앞", "See you at 10 on www.example.com", "明天见", "a" * 50):
        assert operator(text, random.Random(5)) == operator(text, random.Random(5))


@pytest.mark.parametrize("name", sorted(set(evasion.OPERATORS) - {"latin_inside", "spacing", "vertical", "repetition"}))
def test_an_operator_does_something(name: str) -> None:
    text = "도서관 독서 모임 안내 Reading circle 회비 3만원 110-1001 www.example.com"
    assert any(evasion.OPERATORS[name](text, random.Random(seed)) != text for seed in range(10))


def test_foreign_sentences_are_seeded() -> None:
    assert foreign.sentences(1, 20) == foreign.sentences(1, 20)
    assert len(foreign.sentences(1, 20)) == 20


@pytest.mark.parametrize("seed", range(6))
def test_a_ciphered_text_keeps_its_links_digits_and_marks(seed: int) -> None:
    text = "Order 4821 held, pay $3.20: https://parcel-x.example.com/a1 !"
    told = cipher.cipher(text, random.Random(seed))
    assert "https://parcel-x.example.com/a1" in told
    assert "4821" in told
    assert "$3.20:" in told
    assert told.endswith("!")
    assert "held" not in told.split("https")[0].lower()
    assert told == cipher.cipher(text, random.Random(seed))


def test_the_same_letter_is_always_replaced_by_the_same() -> None:
    told = cipher.cipher("택배 택배 택배", random.Random(2)).split()
    assert len(set(told)) == 1


def test_a_section_may_ask_for_more_draws() -> None:
    _, templates = corpus.grammars()
    weighty = next(template for template in templates if template.weight > 1 and template.lang == "ko")
    assert corpus.draws(weighty, 20) == 20 * weighty.weight


def test_a_counterfeit_notice_has_its_words_and_another_link() -> None:
    text = "[한빛은행] 고객님의 인증서 유효기간이 30일 남았습니다. 앱에서 갱신하세요. https://www.hanbitbank.co.kr/cert"
    for seed in range(50):
        told = counterfeit(text, "ko", random.Random(seed))
        assert told.startswith("[한빛은행] 고객님의 인증서")
        assert "hanbitbank" not in told
        assert re.search(r"\w{2}", told.split("갱신하세요.")[1])
        assert told == counterfeit(text, "ko", random.Random(seed))


@pytest.mark.parametrize(("text", "lang"), [("인증번호 1234", "ko"), ("https://www.hanbitbank.co.kr/cert", "ko")])
def test_what_has_no_words_is_not_copied(text: str, lang: str) -> None:
    assert counterfeit(text, lang, random.Random(1)) == ""


def test_counterfeits_are_fraud_and_of_their_notice_s_group() -> None:
    rows = corpus.generate(1, 4)
    honest = {row.group for row in rows if row.subclass.startswith("ham/")}
    copies = [row for row in rows if row.subclass == "smishing"]
    assert len(copies) > 500
    for row in copies:
        assert row.group in honest
        assert row.targets == targets("smishing", "")
        assert set(kind_targets(row.targets, row.subclass)) == {0, UNKNOWN}  # what it pretends to be is not said


@given(st.text(), st.integers(), st.booleans())
def test_any_text_can_be_paraphrased(text: str, seed: int, honest: bool) -> None:
    assert paraphrase(text, random.Random(seed), honest) == paraphrase(text, random.Random(seed), honest)


def test_a_paraphrase_keeps_links() -> None:
    text = "고객님 오늘 상품 이 발송 되었습니다. 확인 바랍니다 https://www.example.com/order/1 감사합니다"
    told = {paraphrase(text, random.Random(seed), honest=True) for seed in range(300)}
    assert len(told) > 50
    assert sum("https://www.example.com/order/1" in each for each in told) > 0.9 * len(told)


def test_languages_with_few_templates_get_half_of_the_draws() -> None:
    _, templates = corpus.grammars()
    few = next(template for template in templates if template.lang in corpus.FEW and template.weight == 1)
    assert [corpus.draws(few, asked) for asked in (20, 3)] == [10, 2]


#: How an honest offer says that one can be rid of it.
WAY_OUT = re.compile(r"stop|opt.?out|unsub|\bend\b|berhenti|ihinto|отпис|отказ|стоп", re.IGNORECASE)


@pytest.mark.parametrize("lang", ["en", "id", "fil", "ru"])
def test_an_honest_offer_offers_a_way_out(lang: str) -> None:
    grammars, templates = corpus.grammars()
    offers = [each.text for each in templates if (each.lang, each.subclass) == (lang, "lawful_ad")]
    texts = [grammars[lang, "ham"].expand(text, random.Random(seed)) for text in offers for seed in range(8)]
    assert sum(bool(WAY_OUT.search(text)) for text in texts) > 0.9 * len(texts)


def test_advertising_that_nobody_asked_for_does_not() -> None:
    grammars, _ = corpus.grammars()
    lines = (corpus.GRAMMARS / "spam_en_promo.txt").read_text("utf-8").split("[spam/other")[1].splitlines()
    promos = [line for line in lines[1:] if line and not re.match(r"\[|[a-z][a-z0-9_]{0,11}: ", line)]
    texts = [grammars["en", "spam"].expand(text, random.Random(seed)) for text in promos for seed in range(8)]
    assert sum(bool(WAY_OUT.search(text)) for text in texts) < 0.1 * len(texts)
