"""Labels of data sets to targets of the model: one column a class, a mask where a set does not say.

A malignant text is also spam, so the ``spam`` column is known for every row. A specific class is known where the set
has a category for it; a row that is only called "spam" teaches the ``spam`` column alone.
"""

from __future__ import annotations

from typing import Final

#: The columns of the model. ``spam`` comes last: every class before it is spam too.
CLASSES: Final = ("gambling", "loan", "drug", "adult", "investment", "smishing", "spam")

#: Sub-classes of the generator, by class. They are kept with every row and reported by ``evaluate``.
SUBCLASSES: Final = {
    "ham": ("transactional", "personal", "public", "lawful_ad"),
    "smishing": ("parcel", "family", "event", "agency", "payment", "account"),
}

#: Columns of the second output: what honest texts and smishing are, more closely.
KINDS: Final = (*SUBCLASSES["ham"], *SUBCLASSES["smishing"])

#: Categories of real sets that say a kind.
CATEGORY_KINDS: Final[dict[str, str]] = {
    **{kind: kind for kind in KINDS},
    "impersonation_family": "family",
    "impersonation_agency": "agency",
    "impersonation_exchange": "account",
    "fake_payment": "payment",
    "phishing_bank": "account",
    "bank_impersonation": "account",
    "delivery_template": "transactional",
    "chat": "personal",
    "utterance": "personal",
    "news_comment": "personal",
}

UNKNOWN: Final = -1

#: Categories, as data sets spell them, to the class they mean. "spam" = known to be none of the specific classes.
CATEGORIES: Final[dict[str, str]] = {
    "gambling": "gambling",
    "loan": "loan",
    "drug": "drug",
    "adult": "adult",
    "stock": "investment",
    "investment": "investment",
    "fraud_financial": "investment",
    "parcel": "smishing",
    "impersonation_family": "smishing",
    "impersonation_agency": "smishing",
    "impersonation_exchange": "smishing",
    "fake_payment": "smishing",
    "phishing_bank": "smishing",
    "phishing_other": "smishing",
    "fraud_other": "smishing",
    "fraud": "smishing",
    "bank_impersonation": "smishing",
    "ad_retail": "spam",
    "ad_network_service": "spam",
    "ad_other": "spam",
    "ad_real_estate": "spam",
    "ad_service": "spam",
    "ad_used_car": "spam",
    "recruitment": "spam",
    "fake_id_invoice": "spam",
    "political": "spam",
    "promo": "spam",
    "other": "spam",
    # the regulator's report labels
    "도박": "gambling",
    "불법도박": "gambling",
    "불법대출": "loan",
    "의약품": "drug",
    "성인": "adult",
    "금융-주식": "investment",
    "재테크": "investment",
    "통신가입": "spam",
    "취업": "spam",
    "교육": "spam",
    "건강": "spam",
}


class LabelError(ValueError):
    """A row's label is not one the recipe knows. The message says which and what is expected."""


def targets(label: str, category: str) -> tuple[int, ...]:
    """The target of every class: 1, 0, or :data:`UNKNOWN` where the row does not say.

    ``label`` is ham, spam, smishing or a class; ``category`` may be empty. Raises :class:`LabelError`.
    """
    label = label.strip().lower()
    if label in ("ham", "비스팸"):
        return (0,) * len(CLASSES)
    name = CATEGORIES.get(category.strip().lower())
    if label in CLASSES and label != "spam":
        name = label
    elif label == "smishing" or (label != "spam" and label not in CATEGORIES):
        if label != "smishing":
            raise LabelError(f"label {label!r}: expected ham or one of {', '.join(CLASSES)}")
        name = "smishing"
    elif label in CATEGORIES:
        name = CATEGORIES[label]
    if name is None:  # spam of an unknown kind
        return (UNKNOWN,) * (len(CLASSES) - 1) + (1,)
    return tuple(int(column in (name, "spam")) for column in CLASSES)


def kind_targets(goals: tuple[int, ...], category: str) -> tuple[int, ...]:
    """The target of every one of :data:`KINDS` of a row with these class targets.

    ``category`` is the set's, or ``label/sub-class`` of the generator. A text is of no kind that its class has not; of
    those its class has, it is unknown which where the row does not say.
    """
    label, _, subclass = category.strip().lower().rpartition("/")
    kind = subclass if label in SUBCLASSES else CATEGORY_KINDS.get(subclass, "")
    honest, smishing = goals[-1] == 0, goals[CLASSES.index("smishing")]
    out = []
    for group, state in (("ham", int(honest)), ("smishing", smishing)):
        names = SUBCLASSES[group]
        told = kind in names and state == 1
        out += [int(name == kind) if told else 0 if state == 0 else UNKNOWN for name in names]
    return tuple(out)
