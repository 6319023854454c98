"""Which lists of the standard and of the desk a country can add codes to, and what is wrong with codes that it adds. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from amparo.desk.country import lookup
from amparo.standard import codes
from amparo.standard.reasons import Reason

from . import desk_lists
from .form import ChoiceList
from .rules import reason

EXTENDABLE = frozenset(
    [
        "exploitation",
        "gender",
        "labour_industry",
        "labour_type",
        "means_of_control",
        "perpetrator_role",
        "recruiter_relation",
        "recruitment_method",
        "sex_exploitation",
        "status_decision_body",
        "website",
    ]
)
"""Lists of the standard that the desk asks and a country can add to."""
FIXED: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("country", "currency", "isic", "language"), "list_kept_elsewhere"),
        **dict.fromkeys(
            ("answer", "age_band", "case_status", "event_type", "majority", "months_trafficked", "trafficking_status"),
            "list_decides",
        ),
        **dict.fromkeys(
            (
                "data_source",
                "education",
                "marital_status",
                "organisation_type",
                "referral_reason",
                "relationship_to_trafficker",
                "support_type",
                "vulnerability",
            ),
            "list_not_asked",
        ),
    }
)
"""Lists of the standard that nobody adds to, each with the reason: an international body keeps them, the desk itself decides
by their codes, or no form of the desk asks them (a country's own form can, with `maps_to`)."""
FORMS = "exploitation"
"""The one list to which the law of a country adds by itself (see `country.lookup`)."""
CODE = re.compile(r"[A-Z][A-Za-z0-9]{0,39}")
"""A code that a column, an address and the name of a form's field can all hold, and no (small) word of a database's own."""


def is_extendable(name: str) -> bool:
    """Say whether a country can add codes to a list, of the standard or of the desk."""
    own = desk_lists.find(name)
    return name in EXTENDABLE or (own is not None and not own.fixed)


def names() -> frozenset[str]:
    """Return the names of all lists that a country can add codes to."""
    return EXTENDABLE | {name for name, one in desk_lists.every().items() if not one.fixed}


def wrong_with(held: ChoiceList, extended: str, others: Mapping[str, str], *, where: str) -> Iterator[Reason]:
    """Yield why codes cannot be added to a list; `others` are codes of its other additions, folded, each with their name."""
    own = desk_lists.find(extended)
    if own is None and extended not in codes.names():
        yield reason("unknown_extended", where, value=extended[:60])
        return
    if why := own.fixed if own else FIXED.get(extended, ""):
        yield reason(why, where, value=extended)
        return
    spelled = own.spellings() if own else codes.load(extended).spellings()
    counted = own.counts() if own else frozenset(codes.load(extended).current.spellings())
    folded = {code.casefold() for code in spelled}
    for one in held.choices:
        if one.code.casefold() in folded or (extended == FORMS and lookup.standard_form(one.code)):
            yield reason("code_known", where, value=one.code)
        elif one.code.casefold() in others:
            yield reason("code_added_twice", where, value=one.code, other=others[one.code.casefold()])
        if not CODE.fullmatch(one.code):
            yield reason("bad_added_code", where, value=one.code[:60])
        if own and one.maps_to in own.spellings() - counted:
            yield reason("code_maps_to_kept", where, value=one.code, target=one.maps_to)
        elif one.maps_to not in counted:
            yield reason("code_maps_nowhere", where, value=one.code)


def folded(held: Iterable[str], name: str) -> dict[str, str]:
    """Return codes as they are compared, each with the name of the list that adds them."""
    return {code.casefold(): name for code in held}
