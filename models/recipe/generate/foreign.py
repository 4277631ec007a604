"""Sentences of common words in languages the model is not trained on: what "unfamiliar" looks like.

They teach the last output of the model, which keeps it from being enforced on a language it cannot read.
"""

from __future__ import annotations

import random
from typing import Final

from models.recipe.generate.addresses import digits, odd_link

#: Frequent words, as any word list has them; Latin letters only, since other scripts are told by their letters.
WORDS: Final[dict[str, str]] = {
    "es": "el la los de que y en un por con para como pero más este su hoy mañana gracias usted tiene pedido cuenta entrega paquete número casa tiempo día noche quiero puede favor amigo buenos hola dinero trabajo ahora también cuando muy todo año ha sido está",  # noqa: E501
    "fr": "le la les des une est que pour dans avec sur pas vous nous votre merci bonjour demain aujourd'hui colis livraison compte numéro maison temps jour nuit veux peut ami argent travail maintenant aussi quand très tout année été sera mais plus chez fait",  # noqa: E501
    "de": "der die das und ist nicht ein eine mit für auf dem den von sie wir ihr ihre danke guten morgen heute paket lieferung konto nummer haus zeit tag nacht kann bitte freund geld arbeit jetzt auch wenn sehr alles jahr wurde wird aber mehr noch nach über",  # noqa: E501
    "pt": "o a os as que não uma com para por mais você seu sua obrigado bom dia amanhã hoje pedido entrega conta número casa tempo noite quero pode favor amigo dinheiro trabalho agora também quando muito tudo ano foi está são mas já tem aqui",  # noqa: E501
    "it": "il lo la gli che non una con per più suo grazie buongiorno domani oggi pacco consegna conto numero casa tempo giorno notte voglio può favore amico soldi lavoro adesso anche quando molto tutto anno stato sono ma già qui della nella questo",  # noqa: E501
    "nl": "de het een en van is niet met voor op zijn wij uw bedankt goedemorgen vandaag morgen pakket bezorging rekening nummer huis tijd dag nacht kan graag vriend geld werk nu ook als heel alles jaar werd wordt maar meer nog naar over deze bij",  # noqa: E501
    "tr": "bir ve bu için ile çok daha var değil sizin siparişiniz kargo hesap numara ev zaman gün gece istiyorum lütfen arkadaş para iş şimdi ayrıca her şey yıl oldu olacak ama yarın bugün teşekkür günaydın teslim edildi adres nasıl neden",  # noqa: E501
    "vi": "là và của không có cho với những một này được trong người đã tôi bạn anh chị cảm ơn hôm nay ngày mai đơn hàng giao tài khoản số nhà thời gian đêm muốn vui lòng tiền công việc bây giờ cũng khi rất tất cả năm nhưng hơn",  # noqa: E501
    "pl": "i w nie na się że to jest do jak ale po co tak za od dla czy paczka dostawa konto numer dom czas dzień noc chcę proszę przyjaciel pieniądze praca teraz też kiedy bardzo wszystko rok był będzie jutro dziś dziękuję państwa twoja odbiór",  # noqa: E501
    "sv": "och att det som en på är av för med till den har inte om ett han men var jag från vi kan tack god morgon idag paket leverans konto nummer hus tid dag natt vill snälla vän pengar arbete nu också när mycket allt år blev blir mer",  # noqa: E501
    "cs": "a je v na se že to s z do pro jako ale po by co tak za od než balík doručení účet číslo dům čas den noc chci prosím přítel peníze práce teď také když velmi všechno rok byl bude zítra dnes děkujeme vaše zásilka",  # noqa: E501
    "ro": "și în de la cu pe nu este un o pentru mai care din sunt ce dar comanda livrare cont număr casă timp zi noapte vreau rog prieten bani lucru acum când foarte tot an fost va fi mâine azi mulțumim dumneavoastră colet",  # noqa: E501
    "hu": "a az és hogy nem van egy is meg de ha csak már mint csomag szállítás számla szám ház idő nap éjszaka szeretnék kérem barát pénz munka most nagyon minden év volt lesz holnap ma köszönjük önnek rendelés megérkezett",  # noqa: E501
    "fi": "ja on ei se että hän oli mutta niin kun mitä jos minä sinä paketti toimitus tili numero talo aika päivä yö haluan kiitos ystävä raha työ nyt myös hyvin kaikki vuosi ollut tulee huomenna tänään teidän tilaus saapunut",  # noqa: E501
    "sw": "na ya wa kwa ni katika hii yako habari leo kesho asante rafiki pesa kazi sasa pia wakati sana yote mwaka alikuwa atakuwa lakini zaidi nyumba siku usiku nataka tafadhali akaunti nambari mzigo umefika agizo lako",  # noqa: E501
    "da": "og i at det er en til på som for med den har ikke af de var jeg han men vi kan tak godmorgen i dag pakke levering konto nummer hus tid dag nat vil venligst ven penge arbejde nu også når meget alt år blev bliver mere din",  # noqa: E501
}


def sentences(seed: int, count: int) -> list[str]:
    """So many sentences, in turn by language."""
    rng = random.Random(f"{seed}/foreign")
    lists = [words.split() for words in WORDS.values()]
    out = []
    for number in range(count):
        words = rng.choices(lists[number % len(lists)], k=rng.randint(4, 28))
        if rng.random() < 0.3:
            words.insert(rng.randrange(len(words)), digits(rng, rng.randint(1, 8)))
        if rng.random() < 0.2:
            words.append(odd_link(rng))
        out.append(" ".join(words).capitalize() + rng.choice((".", "", "!")))
    return out
