"""How thumbs write in Latin letters, and what collections do to texts: short spellings, stems, marks taken out.

Applied to texts of every class alike. Half of one public set's spam has its marks and digits stripped and another's
verbs cut to their stems; a model that saw such texts in one class only would take the stripping for the class.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Final

_LINKISH: Final = re.compile(r"\S*[a-zA-Z0-9-]\.[a-zA-Z]\S*")
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z']*")

#: Short spellings by word, ``word:spelling spelling|…``.
_SPELLINGS: Final = """
about:abt bout|after:aftr|afternoon:aftn arvo|again:agn|already:alr alrdy oredi|also:oso|always:alwys alwaz|am:m
amount:amt|and:n &|another:anthr|answer:ans|anything:anythin nething|anyway:neway|are:r|around:arnd|ask:aks
back:bak bck|be:b|beautiful:beutiful|because:bcoz cos coz bcz cuz becoz|before:b4 bfore|between:btwn|birthday:bday
better:betr|brother:bro|but:bt|bye:bai byee|call:cal|can't:cant cnt|can:cn|check:chk|class:cls|college:clg
come:cum com|coming:comin cmng|could:cud|customer:cust|darling:darlin|day:dy|dear:dr deer|did:dd|do:du
don't:dont dun dnt|done:dne|dinner:dinnr|dude:dud|every:evry|everyone:every1|everything:evrythng|evening:evng eve
exam:xam|face:fce|feel:fel|feeling:feelin|finish:fin|first:1st|for:4 fr|forget:4get|forward:fwd|free:fre
friend:frnd fren|friends:frnds frens|from:frm|get:gt|girl:gal gurl|give:giv gv|god:gd|going:goin gng|good:gd gud
got:gt gotta|great:gr8 grt|had:hd|half:hlf|happy:hapy hppy|has:hs|hate:h8|have:hv hav|having:havin|hello:helo hlo
help:hlp|her:hr|here:hre|him:hm|home:hm|hope:hpe|hour:hr|house:hse|how:hw|i'll:ill|i'm:im|into:in2|is:s iz|just:jus jst
keep:kip|kind:knd|know:kno knw noe|last:lst|late:l8|later:l8r latr|leave:leav|let:lt|life:lyf|like:lyk lik|little:lil
long:lng|look:luk|looking:lookin|lot:lt|love:luv lov|make:mak mke|many:mny|maybe:mayb|me:mi|meet:mit|message:msg
might:myt|minute:min|minutes:mins|miss:mis|money:mny|more:mor|morning:mrng mornin|much:mch|mum:mummy mumz|must:mus muz
my:ma|need:nd|never:nvr neva|next:nxt|night:nite nyt|no:nope|not:nt|nothing:nuthin nthn|now:nw|number:no nmbr|of:f
offer:ofer|office:ofis|ok:k okie|okay:okie|one:1|only:oly onli|open:opn|or:r|other:othr|our:r|out:ot|own:wn
party:prty|pay:py|people:ppl|phone:fone ph|pick:pik|place:plc|please:pls plz|problem:prob|put:pt|question:qn ques
reach:rch|ready:redy|really:rly reali|receive:rcv|reply:rply rpl|right:rite ryt|said:sed|same:sme|school:sch skool
see:c|send:snd|she:shes|should:shud|sister:sis|sleep:slp|some:sum|someone:some1 sum1|something:smth sumthin|soon:sn
sorry:sry sori|still:stil|stop:stp|studying:studyin|stuff:stuf|take:tk tak|talk:tok tlk|tell:tel|text:txt|than:den
thank:thk|thanks:thx tnx thanx|that:tht dat|the:d da|their:thier|them:dem|then:den thn|there:ther dere|they:dey
thing:thng|things:thngs|think:thk thnk|this:dis ths|thought:thot|time:tym tme|to:2|today:2day tdy|together:2gether
tomorrow:tmr tmrw 2moro 2mrw|tonight:2nite 2night tnite|too:2|trying:tryin|two:2|u:yu|until:til|very:v vry|wait:w8
want:wan wnt|was:wz|watch:wch|way:wy|we:v|week:wk|weekend:wkend|well:wel|went:wnt|were:wer|what:wat wht|what's:wats
when:wen whn|where:wher|which:wich|while:whle|who:hu|why:y|will:wil wl|with:wid wif wth|without:w/o|won't:wont wun
work:wrk|working:workin|would:wud|wrong:wrng|yeah:yea ya|year:yr|years:yrs|yes:yup yes|yesterday:ytd ystrday
you:u ya|you're:ur youre|your:ur yr
"""
_SHORT: Final[dict[str, tuple[str, ...]]] = {
    word.strip(): tuple(spellings.split())
    for word, _, spellings in (entry.partition(":") for entry in _SPELLINGS.replace("\n", "|").split("|"))
    if spellings
}
#: Verbs as a lemmatiser or a learner leaves them.
_STEMS: Final = {
    "am": "be", "is": "be", "are": "be", "was": "be", "were": "be", "been": "be", "has": "have", "had": "have",
    "won": "win", "sent": "send", "paid": "pay", "got": "get", "made": "make", "left": "leave", "found": "find",
    "held": "hold", "given": "give", "chosen": "choose", "drawn": "draw", "went": "go", "came": "come", "said": "say",
    "told": "tell", "saw": "see", "took": "take", "bought": "buy", "lost": "lose", "did": "do", "does": "do",
}  # fmt: skip

#: What comes before the d where the stem ends in e: updated, expired, charged.
_SILENT_E: Final = re.compile("(?:[aeiu]t|ir|is|iz|[gcvs]|[iua]d)ed$")

_AFTER_A_MARK: Final = re.compile(r"(?<=[a-z][.,!?]) +(?=[a-zA-Z])")

#: A mark left alone where a template's end was empty.
_LOOSE: Final = re.compile(r"(?<=[.!?,:])\s+[.,](?=\s|$)")


def texting(text: str, rng: random.Random, thumbs: float, english: bool) -> str:
    """The text as thumbs, a learner or a collection would have it; more often just as it was.

    ``thumbs`` is the share of texts in short spellings.
    """
    text = _LOOSE.sub("", text)
    if english and rng.random() < thumbs:
        text = short(text, rng, rng.choice((0.15, 0.3, 0.6)))
    kind = rng.random()
    if kind < 0.09:
        return stripped(text, digits=rng.random() < 0.5, links=rng.random() < 0.5)
    if kind < 0.12:
        return stems(text) if english else text
    if kind < 0.15:
        return masked(text, rng)
    if kind < 0.2:
        return glued(text, rng)
    if kind < 0.24:
        return stretched(text, rng)
    if kind < 0.3:
        return closed_up(text)
    return text


def short(text: str, rng: random.Random, share: float) -> str:
    """Words in short spellings, apostrophes left out, some vowels too; links stay."""

    def one(word: str) -> str:
        spellings = _SHORT.get(word.lower())
        if spellings:
            return rng.choice(spellings)
        word = word.replace("'", "")
        if len(word) > 5 and rng.random() < 0.15:
            return word[0] + re.sub("[aeiou]", "", word[1:-1]) + word[-1]
        if word.endswith("ing") and len(word) > 5 and rng.random() < 0.4:
            return word[:-1]
        return word

    return _words(text, lambda word: one(word) if rng.random() < share else word)


def stripped(text: str, digits: bool, links: bool) -> str:
    """Marks taken out, and digits and the marks of links if told so, as collections clean their texts."""
    unwanted = re.compile(r"[^\w\s]|_" if digits else r"[^\w\s]|[\d_]")
    pieces = text.split(" ")
    return " ".join(
        piece if not links and _LINKISH.fullmatch(piece) else unwanted.sub("", piece) for piece in pieces
    ).strip()


def stems(text: str) -> str:
    """Verbs cut to their stems, as a learner or a lemmatiser leaves them."""

    def one(word: str) -> str:
        stem = _STEMS.get(word.lower())
        if stem:
            return stem
        if len(word) > 6 and word.endswith("ed"):
            return word[:-1] if _SILENT_E.search(word) else word[:-2]
        return word

    return _words(text, one)


def masked(text: str, rng: random.Random) -> str:
    """Digits hidden behind the sign a publisher chose, outside links."""
    sign = rng.choice(("X", "x", "*", "#", "X"))
    return " ".join(p if _LINKISH.fullmatch(p) else re.sub(r"\d", sign, p) for p in text.split(" "))


def glued(text: str, rng: random.Random) -> str:
    """A space or two lost, as where lines were joined."""
    pieces = text.split(" ")
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(pieces))
        if at + 1 < len(pieces) and not any(map(_LINKISH.fullmatch, pieces[at : at + 2])):
            pieces[at : at + 2] = [pieces[at] + pieces[at + 1]]
    return " ".join(pieces)


def closed_up(text: str) -> str:
    """No blank after a mark, which saves a key: ``ok.see you,bye``, of which half looks like the name of a site."""
    if any(map(_LINKISH.fullmatch, text.split())):
        return text  # what is written onto a link makes another one of it
    return _AFTER_A_MARK.sub("", text)


def stretched(text: str, rng: random.Random) -> str:
    """A letter or a mark drawn out."""

    def one(word: str) -> str:
        if len(word) < 2 or rng.random() < 0.85:
            return word
        return word + word[-1] * rng.randint(1, 4)

    text = _words(text, one)
    return re.sub(r"([!?.])$", lambda match: match[0] * rng.randint(1, 4), text)


def _words(text: str, change: Callable[[str], str]) -> str:
    """Every Latin word changed but those of links."""
    return " ".join(
        piece if _LINKISH.fullmatch(piece) else _WORD.sub(lambda match: change(match[0]), piece)
        for piece in text.split(" ")
    )
