"""Rules for what names a person: addresses, telephone numbers, cards and accounts, national ids, order numbers."""

from __future__ import annotations

from collections.abc import Callable

from outproof.scrub.checksums import (
    any_card,
    bsn,
    card,
    chinese_id,
    cpf,
    finnish_id,
    french_nir,
    iban,
    is_trunk_number,
    iso_7064_11_10,
    italian_code,
    korean_id,
    luhn,
    nhs,
    no_date,
    pesel,
    singapore_id,
    spanish_id,
    ssn,
    swedish_id,
    tax_file,
    verhoeff,
)
from outproof.scrub.network import is_client_ipv4, is_ipv4, is_ipv6
from outproof.scrub.rule import Rule, Where

_NUMBERS, _CAPITALS = Where.NUMBERS, Where.CAPITALS
_ALONE = r"(?!\d|[.-]\d)"  # no digit follows, not even after a mark: it would be part of something longer
_BEFORE = r"(?<![\w.-])"

_QUAD = r"\d(?<![\w.-]\d)\d{0,2}(?:\.\d{1,3}){3}(?![\w]|\.\d)"

_CARD_WORDS = r"(?i)\b(?:card|visa|master ?card|amex|credit|debit|maestro|cc|pan)\b"
_PHONE_WORDS = (
    r"(?i)\b(?:tele)?(?:phone|fon|fax|mobile|mob|cell(?:ular)?|tel|handy|whats ?app|sms|hotline|landline|msisdn)|"
    r"\b(?:call|ring|dial|text|reach|contact)(?:ing|ed)? (?:me|us|him|her|them|you|someone|on|at|back|it)\b|"
    r"\b(?:desk|office|home|work|contact|emergency)\b"
)
_SSN_WORDS = r"(?i)\b(?:ssn|social security|itin|taxpayer)\b"
_IP_WORDS = r"(?i)(?:\b|_)(?:ip(?:v[46])?|addr(?:ess)?|client|remote|host|peer|forwarded|source|src|from)(?:\b|_)"


def _national(
    pattern: str, valid: Callable[[str], bool] | None, words: str = "", where: Where = _NUMBERS, digits: int = 0
) -> Rule:
    """A rule for the ids of one country; `words`, one of which must stand near, are separated by `|`."""
    if not words:
        return Rule("NATIONAL_ID", pattern, valid, where=where, digits_min=digits)
    each = [word[:4] for word in words.split("|")]
    hints = (*each, *(word.upper() for word in each), *(word.capitalize() for word in each))
    return Rule("NATIONAL_ID", pattern, valid, hints, rf"(?i)\b(?:{words})", where, digits)


_NATIONAL = (
    _national(rf"{_BEFORE}\d{{3}}\.\d{{3}}\.\d{{3}}-\d{{2}}{_ALONE}", cpf, digits=11),
    _national(rf"{_BEFORE}\d{{11}}{_ALONE}", cpf, "cpf", digits=11),
    _national(rf"{_BEFORE}[2-9]\d{{3}}([ -])\d{{4}}\1\d{{4}}{_ALONE}", verhoeff, digits=12),
    _national(rf"{_BEFORE}[2-9]\d{{11}}{_ALONE}", verhoeff, "aadhaar|aadhar|uidai", digits=12),
    _national(rf"{_BEFORE}[12](?: ?\d{{2}}){{3}}(?: ?\d{{3}}){{2}} ?\d{{2}}{_ALONE}", french_nir, digits=15),
    _national(r"(?<![\w.-])[12] ?\d\d ?\d\d ?2[AB](?: ?\d{3}){2} ?\d\d(?!\w)", french_nir, where=Where.DIGITS),
    _national(rf"{_BEFORE}(?:19|20)?\d{{6}}[-+]\d{{4}}{_ALONE}", swedish_id, digits=10),
    _national(r"(?<![\w.-])\d{6}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y](?!\w)", finnish_id, where=Where.DIGITS),
    _national(rf"{_BEFORE}\d{{6}}-[1-8]\d{{6}}{_ALONE}", korean_id, digits=13),
    _national(r"(?<![\w.-])[1-9]\d{16}[\dXx](?!\w)", chinese_id, digits=17),
    _national(rf"{_BEFORE}\d{{3}}[ -]?\d{{3}}[ -]?\d{{4}}{_ALONE}", nhs, "nhs|national health", digits=10),
    _national(rf"{_BEFORE}\d{{11}}{_ALONE}", pesel, "pesel", digits=11),
    _national(rf"{_BEFORE}\d{{9}}{_ALONE}", bsn, "bsn|burgerservicenummer", digits=9),
    _national(
        rf"{_BEFORE}\d{{2}} ?\d{{3}} ?\d{{3}} ?\d{{3}}{_ALONE}", iso_7064_11_10, "steuer|idnr|tax id|tin", digits=11
    ),
    _national(rf"{_BEFORE}\d{{3}} ?\d{{3}} ?\d{{3}}{_ALONE}", tax_file, "tfn|tax file", digits=9),
    _national(rf"{_BEFORE}\d{{3}}[ -]?\d{{3}}[ -]?\d{{3}}{_ALONE}", luhn, "sin|social insurance", digits=9),
    _national(rf"{_BEFORE}\d{{6}}-?\d{{4}}{_ALONE}", None, "cpr|personnummer", digits=10),
    _national(rf"{_BEFORE}\d{{13}}{_ALONE}", luhn, "id number|identity number|rsa id", digits=13),
    _national(r"(?<![\w.-])\d{8}-?[A-HJ-NP-TV-Z](?!\w)", spanish_id, digits=8),
    _national(r"[XYZ](?<!\w[XYZ])-?\d{7}-?[A-HJ-NP-TV-Z](?!\w)", spanish_id, where=_CAPITALS),
    _national(
        r"(?:ZZ(?<!\w..)|[A-CEGHJ-PR-TW-Z](?<!\w.)[A-CEGHJ-NPR-TW-Z])(?: ?\d{2}){3} ?[A-DFMPT](?!\w)",
        None,
        where=_CAPITALS,
    ),
    _national(r"[A-Z]{6}(?<!\w.{6})\d{2}[ABCDEHLMPRST]\d{2}[A-Z]\d{3}[A-Z](?!\w)", italian_code, where=_CAPITALS),
    _national(r"[A-Z]{3}(?<!\w.{3})[ABCFGHJLPT][A-Z]\d{4}[A-Z](?!\w)", None, where=_CAPITALS),
    _national(r"[STFG](?<!\w.)\d{7}[A-Z](?!\w)", singapore_id, where=_CAPITALS),
)
"""Of Brazil, India, France, Sweden, Finland, South Korea, China, the United Kingdom, Poland, the Netherlands, Germany,
Australia, Canada, Denmark, South Africa, Spain, Italy and Singapore, in the order of their first pattern."""

RULES: tuple[Rule, ...] = (
    Rule("EMAIL", r"[\w.%+'\-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}", hints=("@",)),
    Rule(
        "EMAIL",
        r"[\w.%+\-]{1,64} ?[\[(] ?at ?[\])] ?(?:[\w-]{1,63} ?(?:\.|[\[(] ?dot ?[\])]) ?){1,4}[^\W\d_]{2,24}",
        hints=("at)", "at]", "at )", "at ]"),
    ),
    Rule(
        "IBAN",
        r"[A-Z]{2}(?<!\w.{2})\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,4})?(?!\w)",
        iban,
        where=_CAPITALS,
    ),
    Rule("CARD", rf"{_BEFORE}\d(?:[ -]?\d){{11,18}}{_ALONE}", card, where=_NUMBERS, digits_min=12),
    Rule(
        "CARD",
        rf"{_BEFORE}\d(?:[ .-]?\d){{11,18}}{_ALONE}",
        any_card,
        context=_CARD_WORDS,
        where=_NUMBERS,
        digits_min=12,
    ),
    Rule("US_SSN", rf"{_BEFORE}\d{{3}}-\d{{2}}-\d{{4}}{_ALONE}", ssn, where=_NUMBERS, digits_min=9),
    Rule(
        "US_SSN", rf"{_BEFORE}\d{{3}} ?\d{{2}} ?\d{{4}}{_ALONE}", ssn, context=_SSN_WORDS, where=_NUMBERS, digits_min=9
    ),
    *_NATIONAL,
    Rule(
        "DRIVER_LICENSE",
        r"(?i:driv(?:er|ing)(?:'?s)? ?licen[sc]e)[^\d\n]{0,24}?"
        r"(?P<it>(?<![A-Za-z0-9])[A-Z]{0,5}[ -]?\d[A-Z0-9-]{4,17})",
        hints=("icense", "icence", "ICENSE", "ICENCE"),
        where=Where.DIGITS,
    ),
    Rule(
        "PASSPORT",
        r"(?i:passport)[^\d\n]{0,24}?(?P<it>(?<![A-Za-z0-9])[A-Z]{0,2}\d{6,9}[A-Z]?)(?!\w)",
        hints=("assport", "ASSPORT"),
        where=Where.DIGITS,
    ),
    Rule(
        "ORDER_ID",
        r"(?i:\b(?:order|invoice|booking|reservation|shipment|parcel|tracking|ticket|return|rma|consignment)s?)"
        r"(?:[ _-]?(?i:number|no\.?|num\.?|nr\.?|id|ref(?:erence)?|code))?"
        r"(?:[ \t]{0,2}[:=][ \t]{0,2}|[ \t]{1,2}(?:is )?)(?P<it>#?(?=[A-Za-z-]{0,12}\d)[A-Za-z0-9][A-Za-z0-9-]{4,24})"
        r"(?![A-Za-z0-9-])",
        lambda text: sum(map(str.isdecimal, text)) >= 4,
        hints=tuple(
            "rder nvoice ooking ervation hipment arcel racking icket eturn rma RMA nsignment RDER NVOICE OOKING "
            "RACKING ICKET".split()
        ),
        where=Where.DIGITS,
    ),
    Rule("ORDER_ID", r"(?<![\w&#/])#[A-Z]{1,4}-?\d{1,14}(?![\w])", hints=("#",)),
    Rule("ORDER_ID", r"(?i:order|invoice|booking|ticket|parcel)[ \t]{0,2}(?P<it>#[A-Za-z0-9-]{2,24})", hints=("#",)),
    Rule(
        "ACCOUNT_ID",
        r"(?i:\b(?:account|acct|customer|client|member(?:ship)?|patient|policy|loyalty|routing|bank account))"
        r"[ _-]?(?i:number|no\.?|num\.?|nr\.?|id|#)[ \t]{0,2}(?:[:=#]|is)?[ \t]{0,2}"
        r"(?P<it>#?(?=[A-Za-z-]{0,6}\d)[A-Za-z0-9][A-Za-z0-9-]{4,24})(?![A-Za-z0-9-])",
        lambda text: sum(map(str.isdecimal, text)) >= 4,
        hints=tuple("ccount cct ustomer lient ember atient olicy oyalty outing CCOUNT USTOMER".split()),
        where=Where.DIGITS,
    ),
    Rule(
        "PHONE",
        r"(?<![\w.+])\+\d(?:[ ().\-/]{0,3}\d){7,14}(?!\d)(?: ?(?:x|ext\.? ?)\d{1,6})?",
        where=_NUMBERS,
        digits_min=8,
    ),
    Rule(
        "PHONE",
        rf"{_BEFORE}00[1-9]\d{{0,2}}(?:[ .-]\(?\d{{2,5}}\)?){{1,4}}[ .-]\d{{3,5}}(?!\d)(?:x\d{{1,6}})?",
        where=_NUMBERS,
        digits_min=10,
    ),
    Rule(
        "PHONE",
        r"(?<![\w.-])(?:1[ .-])?\(?[2-9]\d{2}\)?[ .-]{1,2}\d{3}[ .-]\d{4}(?!\d|[.-]\d)(?: ?(?:x|ext\.? ?)\d{1,6})?",
        where=_NUMBERS,
        digits_min=10,
    ),
    Rule(
        "PHONE",
        r"(?<![\w)])\((?!(?:19|20)\d\d\))(?=[^a-z]{8,20})0?\d{1,4}\)[ .-]{0,2}\d{2,8}(?:[ .-]\d{2,5}){0,3}(?!\d)",
        lambda text: sum(map(str.isdecimal, text)) >= 8,
        where=_NUMBERS,
        digits_min=8,
    ),
    Rule(
        "PHONE",
        rf"{_BEFORE}0[1-9]\d{{0,3}}[ .-]\d{{2,4}}(?:[ .-]\d{{2,4}}){{1,3}}{_ALONE}",
        is_trunk_number,
        where=_NUMBERS,
        digits_min=9,
    ),
    Rule("PHONE", rf"{_BEFORE}0[1-9]\d{{1,3}}[ -]\d{{5,8}}{_ALONE}", is_trunk_number, where=_NUMBERS, digits_min=9),
    Rule("PHONE", rf"{_BEFORE}[1-9]\d \d{{4,5}}-\d{{4}}{_ALONE}", where=_NUMBERS, digits_min=10),
    Rule(
        "PHONE",
        r"(?<![\w.+-])[(]?\d(?:[ ().\-/]{0,3}\d){6,14}(?!\d)(?:x\d{1,6})?",
        no_date,
        context=_PHONE_WORDS,
        where=_NUMBERS,
        digits_min=7,
    ),
    Rule("IP_ADDRESS", _QUAD, is_client_ipv4, where=Where.DOTTED),
    Rule("IP_ADDRESS", _QUAD, is_ipv4, context=_IP_WORDS, where=Where.DOTTED),
    Rule("IP_ADDRESS", r"(?<![\w:.])[0-9A-Fa-f:]{3,39}(?![\w:])", is_ipv6, where=Where.COLONS),
    Rule("MAC_ADDRESS", r"(?<![\w:-])[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}(?![\w:-])", where=Where.COLONS),
)
