"""Links for the generator: of honest businesses, of agencies, of shorteners and chats, and throw-away ones."""

from __future__ import annotations

import random
import string


def _words(text: str) -> list[str]:
    return text.split()


_ODD_TLDS = _words(
    """
    com com com net top xyz vip cc info icu pw link shop club co me site online kr click live cfd lol sbs cyou bond
    help life rest org top cc work ltd world today quest store space tk vip in io co.kr
"""
)
_SHORT = _words(
    """
    bit.ly han.gl me2.do url.kr vo.la c11.kr t.ly tinyurl.com buly.kr abit.ly is.gd reurl.kr zrr.kr cutt.ly t.co
    rb.gy muz.so naver.me lrl.kr
"""
)
_CHAT = ("open.kakao.com/o/", "t.me/", "t.me/", "line.me/ti/p/", "open.kakao.com/me/", "band.us/@", "wa.me/")
SYLLABLES = _words(
    """
    ka no ri ta mo su pa le go na ze ro vi ta bo lu xi da mi ha to be ce fi sol ten win max bet top star king
    lux ace neo big one play
    """
)
_BRANDS = _words(
    """
    hanbit daon nuri sejin woori mirae saebyeok haneul onmaru dasom narae pureun cheongsol bomnal gaon maru
    garam yeoreum hansol daol acme northfield riverton oakline brightway lakeside westmore greenfield sunrise
    harbor
    """
)
#: Young firms have the domains that fraud has too.
_HONEST_TLDS = _words(".co.kr .com .kr .com .co.kr .net .co.kr .com .kr .com .co.kr .io .me .shop .app.link .page.link")
#: Hosts of well-known services, as honest messages name them. Fraud has these names too, at the front of other domains.
_KNOWN = _words(
    """
    www.kbcard.com m.shinhancard.com www.samsungcard.com www.hyundaicard.com kbstar.com wooribank.com hanabank.com
    nhbank.com toss.im kakaobank.com www.cjlogistics.com www.hanjin.com www.lotteglogis.com www.ilogen.com epost.go.kr
    www.coupang.com m.11st.co.kr gmarket.co.kr www.ssg.com www.musinsa.com www.oliveyoung.co.kr m.yes24.com
    www.kyobobook.co.kr baemin.com www.yanolja.com www.korail.com www.tworld.co.kr my.kt.com www.lguplus.com
    www.samsungfire.com www.hi.co.kr direct.idbins.com www.samsungsvc.com www.lge.co.kr forms.gle naver.com
    order.naver.com pay.naver.com map.kakao.com www.interpark.com www.hanatour.com booking.naver.com zoom.us
    www.amazon.com www.ups.com www.fedex.com www.dhl.com tools.usps.com www.royalmail.com paypal.com www.chase.com
    www.netflix.com accounts.google.com support.apple.com www.airbnb.com www.booking.com www.eventbrite.com
    www.linkedin.com docs.google.com www.opentable.com www.grubhub.com www.walmart.com www.target.com
    www.lottecard.co.kr www.hanacard.co.kr www.bccard.com card.nonghyup.com www.ibk.co.kr www.kfcc.co.kr www.cu.co.kr
    www.kakaopay.com www.payco.com www.nicepay.co.kr www.inicis.com tosspayments.com www.kyobo.com www.hanwhalife.com
    www.meritzfire.com www.lina.co.kr www.miraeasset.com www.kiwoom.com www.shinhansec.com www.samsungpop.com upbit.com
    www.bithumb.com www.lotteshopping.com www.hyundaihmall.com www.cjonstyle.com www.gsshop.com www.nsmall.com
    www.wconcept.co.kr www.a-bly.com www.idus.com ohou.se www.daangn.com m.bunjang.co.kr www.catchtable.co.kr
    www.goodchoice.kr nol.yanolja.com www.modetour.com www.koreanair.com flyasiana.com www.jejuair.net www.srail.or.kr
    www.bustago.or.kr www.tmoney.co.kr www.kobus.co.kr t.kakao.com www.hellovision.net www.skbroadband.com
    www.skylife.co.kr www.sktelecom.com www.ktmmobile.com www.kepco.co.kr www.knsu.or.kr www.ysmc.or.kr www.amc.seoul.kr
    www.snuh.org www.kuh.ac.kr www.megastudy.net www.hackers.com www.eduwill.net www.yoons.com www.classting.com
    www.saramin.co.kr www.jobkorea.co.kr www.albamon.com www.coway.co.kr www.lghellovision.net www.samsung.com
    www.hyundai.com www.kia.com www.genesis.com www.socarcorp.kr www.wavve.com www.tving.com www.melon.com
    """
)
_KOREAN_SHORT = _words(
    """
    bit.ly naver.me me2.do vo.la han.gl url.kr kko.to abr.ge skt.sh kt.com/s asq.kr buly.kr vvd.bz c11.kr iii.im
    zrr.kr t.ly tinyurl.com m.site.naver.com abit.ly link24.kr
    """
)
_ENGLISH_SHORT = _words(
    "bit.ly amzn.to tinyurl.com ow.ly g.co apple.co fb.me spoti.fi ebay.to t.co dpd.info ups.to goo.gl nyti.ms"
)
_PATHS = (
    "",
    "",
    "/",
    "/event",
    "/order/{n}",
    "/track?no={n}",
    "/m/{r}",
    "/notice/{n}",
    "/my",
    "/bill",
    "/app",
    "/coupon",
    "/{r}",
    "/reserve/{n}",
    "/survey",
    "/shop/{n}",
)


def digits(rng: random.Random, count: int) -> str:
    """A number of so many digits, zeros allowed in front."""
    return "".join(rng.choice(string.digits) for _ in range(count))


def token(rng: random.Random, low: int = 4, high: int = 8) -> str:
    return "".join(rng.choice(string.ascii_letters + string.digits) for _ in range(rng.randint(low, high)))


#: Syllables of Korean names in Latin letters, for the hosts of firms nobody has heard of.
_ROMAN = _words(
    """
    han kook dae sung jin woo hae sol bit na ra mi so ha neul sae byul ga on da nu ri seo yul geum gang san cheon buk
    nam dong hwa yeon joo shin chung ang gwang myung jung ko rea se gye an jeon pyeong mir tae yang ok kyo won in
    cho rok
    """
)
_TRADES = _words(
    """
    mall bank card shop life food clinic edu mart pay tour air tel motors rent care med dental eye law tax work job talk
    book home house living pet baby golf fit gym play tv music ticket event point member club city energy gas steel chem
    pharm hospital univ academy church service center group corp hotel resort express post box auto bike camp farm fresh
    """
)


def firm_host(rng: random.Random) -> str:
    """The host of a firm nobody has heard of: pronounceable, without digits, of a plain top-level domain."""
    name = "".join(rng.choice(_ROMAN) for _ in range(rng.randint(1, 3)))
    if len(name) < 4 or rng.random() < 0.5:
        name += rng.choice(("", "", "-")) + rng.choice(_TRADES)
    front = rng.choice(
        ("www.", "m.", "", "", "app.", "event.", "biz.", "my.", "cyber.", "mobile.", "shop.", "store.", "e.")
    )
    return front + name + rng.choice(_HONEST_TLDS)


_ENGLISH = _words(
    """
    north south east west lake river oak green bright first city metro union star harbour hill park bridge market high
    king queen royal silver gold red blue white black stone field wood moor grand central pacific atlantic summit valley
    garden cedar maple willow ash elm fox swan eagle lion robin anchor beacon compass pilot swift clear true plain kind
    happy sunny quick daily smart open next new old little big
    """
)
_ENGLISH_TLDS = _words(
    """
    .com .com .com .co.uk .co.uk .org .net .io .app .com.au .com.sg .sg .in .co.in .com.ng .ng .co.ke .co.za .ie .ca
    .edu .org.uk .com.my .ph .co.nz
    """
)


def english_link(rng: random.Random) -> str:
    """A link of a firm nobody has heard of, as English messages name it."""
    name = rng.choice(_ENGLISH) + rng.choice(("", "", "-")) + rng.choice(_ENGLISH + _TRADES)
    host = rng.choice(("", "", "www.", "my.", "app.", "go.", "m.")) + name + rng.choice(_ENGLISH_TLDS)
    path = rng.choice(_PATHS).replace("{n}", digits(rng, rng.randint(4, 10))).replace("{r}", token(rng))
    return rng.choice(("https://", "", "", "http://")) + host + path


def vanity_link(rng: random.Random) -> str:
    """A shortened link under a firm's own short name."""
    letters = "".join(rng.choice(string.ascii_lowercase) for _ in range(rng.randint(2, 3)))
    name = rng.choice((letters, letters, rng.choice(_ROMAN), rng.choice(_ROMAN) + rng.choice(_ROMAN)))
    end = rng.choice(_words(".kr .kr .to .ly .me .gl .link .im .ge .co .page.link .onelink.me .app.link"))
    return rng.choice(("https://", "http://", "", "")) + name + end + "/" + token(rng)


def brand_host(rng: random.Random) -> str:
    """The host of some honest business."""
    name = rng.choice(_BRANDS) + rng.choice(
        ("", "", "mall", "bank", "card", "shop", "life", "food", "clinic", "edu", "mart")
    )
    return rng.choice(("www.", "m.", "", "", "app.")) + name + rng.choice(_HONEST_TLDS)


def brand_link(rng: random.Random) -> str:
    path = rng.choice(_PATHS).replace("{n}", digits(rng, rng.randint(4, 12))).replace("{r}", token(rng))
    kind = rng.random()
    host = rng.choice(_KNOWN) if kind < 0.35 else firm_host(rng) if kind < 0.75 else brand_host(rng)
    return rng.choice(("https://", "http://", "", "https://")) + host + path


def korean_short_link(rng: random.Random) -> str:
    """A shortened link as honest Korean businesses send it."""
    if rng.random() < 0.4:
        return vanity_link(rng)
    return rng.choice(("https://", "", "http://", "")) + rng.choice(_KOREAN_SHORT) + "/" + token(rng)


def english_short_link(rng: random.Random) -> str:
    """A shortened link as honest businesses send it in English."""
    return rng.choice(("https://", "", "")) + rng.choice(_ENGLISH_SHORT) + "/" + token(rng)


def short_link(rng: random.Random) -> str:
    return rng.choice(("https://", "", "http://", "")) + rng.choice(_SHORT) + "/" + token(rng)


def public_link(rng: random.Random) -> str:
    host = rng.choice(
        _words(
            """
    www.gov.kr www.hometax.go.kr www.safekorea.go.kr www.nhis.or.kr nip.kdca.go.kr www.nec.go.kr www.efine.go.kr
    www.seoul.go.kr www.wetax.go.kr www.nps.or.kr library.city.go.kr www.cleancity.go.kr www.bokjiro.go.kr
"""
        )
    )
    return (
        rng.choice(("https://", "", "http://"))
        + host
        + rng.choice(("", "", "/notice", "/main", f"/view?id={digits(rng, 5)}"))
    )


def store_link(rng: random.Random) -> str:
    return rng.choice(
        (
            "https://play.google.com/store/apps/details?id=kr.co." + rng.choice(_BRANDS),
            "https://apps.apple.com/kr/app/id" + digits(rng, 9),
            "https://pf.kakao.com/_" + token(rng, 5, 6),
            "https://kko.to/" + token(rng),
            "https://map.naver.com/p/entry/place/" + digits(rng, 8),
            "https://naver.me/" + token(rng),
        )
    )


def odd_host(rng: random.Random) -> str:
    """A throw-away host: syllables, digits, a cheap top-level domain."""
    kind = rng.random()
    if kind < 0.35:
        name = "".join(rng.choice(string.ascii_lowercase) for _ in range(rng.randint(2, 5))) + digits(
            rng, rng.randint(1, 4)
        )
    elif kind < 0.75:
        name = "".join(rng.choice(SYLLABLES) for _ in range(rng.randint(2, 3))) + rng.choice(
            ("", "", digits(rng, 2), "-" + digits(rng, 3))
        )
    else:
        name = "".join(rng.choice(string.ascii_lowercase + string.digits) for _ in range(rng.randint(4, 9)))
    front = rng.choice(
        (
            "",
            "",
            "www.",
            "m.",
            digits(rng, 2) + ".",
            "".join(rng.choice(string.ascii_lowercase) for _ in range(3)) + ".",
        )
    )
    return front + name + "." + rng.choice(_ODD_TLDS)


def odd_link(rng: random.Random) -> str:
    path = rng.choice(("", "", "", "/" + token(rng), "/?code=" + token(rng), "/join", "/m", "/" + digits(rng, 3)))
    link = rng.choice(("", "", "http://", "https://")) + odd_host(rng) + path
    return link if rng.random() < 0.85 else broken(link, rng)


_PRETENDED = _words(
    """
    cj cjlogis hanjin lotte epost kb kbstar shinhan nhis police gov hometax efine minwon coupang naver nid kakao toss
    skt kt lguplus woori hana nonghyup ibk upbit bithumb daangn culture usim nps kdca unipass customs parcel
    usps ups dhl fedex evri hermes royalmail dpd anpost auspost apple appleid icloud paypal netflix amazon chase boa
    wellsfargo citi hsbc lloyds barclays natwest monzo sbi hdfc dbs irs hmrc dvla nhs mygov ezpass e-zpass sunpass
    fastrak toll coinbase binance metamask ledger whatsapp telegram instagram facebook microsoft outlook walmart costco
    icbc ccb boc cmb sf etc shebao bank
    """
)
_ERRANDS = _words(
    """
    -go -kr -info -check 24 -delivery -secure login -verify -update -redelivery -reschedule -tracking -billing -claim
    -refund -support -help -auth -online -fee -pay -cancel -alert -unlock -id -app -web -center -event -gift -cert
    """
)


def lookalike_link(rng: random.Random) -> str:
    """A host that pretends: a brand or an agency in front of a cheap domain."""
    front = rng.choice(_PRETENDED)
    kind = rng.random()
    if kind < 0.12:  # the true domain as the beginning of another: usps.com-trk.top
        front += rng.choice((".com", ".co.kr", ".gov", ".kr", ".co.uk")) + "-" + token(rng, 2, 6).lower()
    elif kind < 0.2:
        front = rng.choice(_ERRANDS).strip("-") + rng.choice(("-", ".", "")) + front
    elif kind < 0.75:
        front += rng.choice(_ERRANDS)
    elif kind < 0.9:
        front += rng.choice(("", "-")) + digits(rng, rng.randint(1, 3))
    path = rng.choice(("", "", "/" + token(rng), "/track", "/login", "/verify", "/m/" + digits(rng, 4), "/kr", "/us"))
    return rng.choice(("", "http://", "https://")) + front + "." + rng.choice(_ODD_TLDS) + path


def ip_link(rng: random.Random) -> str:
    return (
        "http://" + ".".join(str(rng.randint(1, 254)) for _ in range(4)) + rng.choice(("", "/" + token(rng), ":8080/m"))
    )


def bad_link(rng: random.Random) -> str:
    """Any link a spammer would use."""
    return rng.choice((odd_link, odd_link, odd_link, short_link, short_link, chat_link, lookalike_link))(rng)


def smish_link(rng: random.Random) -> str:
    return rng.choice((lookalike_link, lookalike_link, short_link, short_link, odd_link, odd_link, ip_link))(rng)


def chat_link(rng: random.Random) -> str:
    return rng.choice(("https://", "", "")) + rng.choice(_CHAT) + rng.choice((token(rng), "+" + token(rng, 8, 12)))


def broken(link: str, rng: random.Random) -> str:
    """A link written so that a machine should not see it."""
    head, dot, tail = link.rpartition(".")
    if not dot:
        return link
    return rng.choice(
        (
            head + " . " + tail,
            head + "점" + tail,
            head + " ." + tail,
            head + "[.]" + tail,
            head + "닷" + tail,
            link.replace("http", "hxxp"),
        )
    )
