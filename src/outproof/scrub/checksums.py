"""The digits of a number in, whether an issuer could have made it out: so that long ids do not look like people."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

_MAESTRO = tuple(range(12, 20))
_CARD_STARTS = (
    # Issuer range and lengths: ISO/IEC 7812, as the schemes publish them.
    ("4", "4", (13, 16, 19)),  # Visa
    ("51", "55", (16,)),  # Mastercard
    ("2221", "2720", (16,)),
    ("34", "34", (15,)),  # American Express
    ("37", "37", (15,)),
    ("300", "305", (14,)),  # Diners Club
    ("36", "36", (14, 15, 16, 17, 18, 19)),
    ("38", "39", (14, 15, 16, 17, 18, 19)),
    ("1800", "1800", (15,)),  # JCB
    ("2131", "2131", (15,)),
    ("3500", "3599", (16, 17, 18, 19)),
    ("6011", "6011", (16, 17, 18, 19)),  # Discover
    ("644", "659", (16, 17, 18, 19)),
    ("62", "62", (16, 17, 18, 19)),  # UnionPay
    ("5018", "5018", _MAESTRO),  # Maestro
    ("5020", "5020", _MAESTRO),
    ("5038", "5038", _MAESTRO),
    ("56", "58", _MAESTRO),
    ("0604", "0604", _MAESTRO),
    ("6304", "6304", _MAESTRO),
    ("6390", "6390", _MAESTRO),
    ("6759", "6763", _MAESTRO),
)

_VERHOEFF_TIMES = (
    *("0123456789", "1234067895", "2340178956", "3401289567", "4012395678"),
    *("5987604321", "6598710432", "7659821043", "8765932104", "9876543210"),
)
_VERHOEFF_MOVES = (
    *("0123456789", "1576283094", "5803796142", "8916043527"),
    *("9453126870", "4286573901", "2793806415", "7046913258"),
)
_TEN_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
_ODD_PLACES = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (*_TEN_ODD, *_TEN_ODD, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
        strict=True,
    )
)
_MONTH_DAYS_MAX = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def digits_of(text: str) -> list[int]:
    """The decimal digits in a text, in their order."""
    return [int(character) for character in text if character.isdecimal()]


def luhn(text: str) -> bool:
    """Whether the digits of a text pass the Luhn check (ISO/IEC 7812-1, annex B)."""
    digits = digits_of(text)
    doubled = [digit * 2 - 9 if digit > 4 else digit * 2 for digit in digits[-2::-2]]
    return len(digits) > 1 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def card(text: str) -> bool:
    """Whether a number can be a payment card's: a scheme's range and length, and the Luhn check."""
    number = "".join(character for character in text if character.isdecimal())
    for first, last, lengths in _CARD_STARTS:
        if len(number) in lengths and first <= number[: len(first)] <= last:
            return luhn(number)
    return False


def any_card(text: str) -> bool:
    """Whether a number that is called a card's can be one: 12 to 19 digits, and the Luhn check."""
    return 12 <= sum(map(str.isdecimal, text)) <= 19 and luhn(text)


def iban(text: str) -> bool:
    """Whether a text passes the mod-97 check of an IBAN (ISO 13616), with or without its spaces."""
    compact = "".join(character for character in text if character.isalnum())
    moved = compact[4:] + compact[:4]
    return 15 <= len(compact) <= 34 and int("".join(str(int(character, 36)) for character in moved)) % 97 == 1


def verhoeff(text: str) -> bool:
    """Whether the digits of a text pass Verhoeff's check (J. Verhoeff, 1969), as India's Aadhaar does."""
    check = 0
    for place, digit in enumerate(reversed(digits_of(text))):
        check = int(_VERHOEFF_TIMES[check][int(_VERHOEFF_MOVES[place % 8][digit])])
    return check == 0


def weighted(digits: Sequence[int], weights: Sequence[int]) -> int:
    """The sum of each digit times its weight."""
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=True))


def ssn(text: str) -> bool:
    """Whether nine digits can be a US social security number, or a taxpayer number of the same form (ITIN)."""
    number = "".join(character for character in text if character.isdecimal())
    area, group, serial = number[:3], number[3:5], number[5:]
    if area[:1] == "9":
        return "50" <= group <= "99"
    return area not in ("000", "666") and group != "00" and serial != "0000"


def cpf(text: str) -> bool:
    """Brazil's CPF: eleven digits of which two check."""
    digits = digits_of(text)
    for count in (9, 10):
        if weighted(digits[:count], range(count + 1, 1, -1)) * 10 % 11 % 10 != digits[count]:
            return False
    return len(set(digits)) > 1


def nhs(text: str) -> bool:
    """The NHS number of England and Wales: modulus 11."""
    digits = digits_of(text)
    return weighted(digits, (10, 9, 8, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0 and len(set(digits)) > 1


def pesel(text: str) -> bool:
    """Poland's PESEL."""
    return weighted(digits_of(text), (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


def bsn(text: str) -> bool:
    """The Dutch citizen service number: the proof of eleven."""
    digits = digits_of(text)
    return weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0 and any(digits)


def tax_file(text: str) -> bool:
    """Australia's tax file number."""
    digits = digits_of(text)
    return weighted(digits, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0 and any(digits)


def iso_7064_11_10(text: str) -> bool:
    """ISO 7064 MOD 11,10, as Germany's tax id has it."""
    product = 10
    digits = digits_of(text)
    for digit in digits[:-1]:
        product = ((product + digit) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == digits[-1]


def french_nir(text: str) -> bool:
    """France's social security number: a key of two digits, modulus 97; Corsica's letters stand for 19 and 18."""
    compact = "".join(character for character in text if character.isalnum())
    number = compact.replace("2A", "19").replace("2B", "18")
    return number.isdecimal() and 97 - int(number[:13]) % 97 == int(number[13:])


def chinese_id(text: str) -> bool:
    """China's resident id: 17 digits with a day of birth, and a check of 0 to 9 or X (ISO 7064 MOD 11-2)."""
    total = sum(2 ** (17 - place) * int(digit) for place, digit in enumerate(text[:17]))
    return _is_month_and_day(text[10:12], text[12:14]) and "10X98765432"[total % 11] == text[17].upper()


def swedish_id(text: str) -> bool:
    """Sweden's personal identity number: a day of birth, which a co-ordination number moves by 60, and Luhn."""
    number = "".join(character for character in text if character.isdecimal())[-10:]
    day = int(number[4:6])
    return _is_month_and_day(number[2:4], str(day - 60 if day > 60 else day)) and luhn(number)


def finnish_id(text: str) -> bool:
    """Finland's personal identity code: a day of birth and a check character."""
    number = text[:6] + text[7:10]
    return _is_month_and_day(text[2:4], text[:2]) and "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(number) % 31] == text[10]


def korean_id(text: str) -> bool:
    """South Korea's resident registration number: a day of birth and a sex; newer ones have no check digit."""
    return _is_month_and_day(text[2:4], text[4:6])


def spanish_id(text: str) -> bool:
    """Spain's DNI or NIE: the letter is the number modulo 23."""
    compact = text.replace("-", "").upper()
    number = compact[:-1].replace("X", "0").replace("Y", "1").replace("Z", "2")
    return number.isdecimal() and "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == compact[-1]


def italian_code(text: str) -> bool:
    """Italy's codice fiscale: its last letter checks."""
    even = sum(int(each) if each.isdecimal() else ord(each) - ord("A") for each in text[1:15:2])
    return chr(ord("A") + (sum(_ODD_PLACES[each] for each in text[:15:2]) + even) % 26) == text[15]


def singapore_id(text: str) -> bool:
    """Singapore's NRIC or FIN: weighted digits choose the letter."""
    total = weighted(digits_of(text), (2, 7, 6, 5, 4, 3, 2)) + (4 if text[0] in "TG" else 0)
    return {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "G": "XWUTRQPNMLK"}[text[0]][
        total % 11
    ] == text[-1]


def no_date(text: str) -> bool:
    """Whether digits that may be a telephone number are not a day, which is written with the same marks."""
    parts = "".join(character if character.isdecimal() else " " for character in text).split()
    if len(parts) != 3:
        return True
    year, month, day = parts if len(parts[0]) == 4 else (parts[2], parts[1], parts[0])
    return not (len(year) == 4 and year[:2] in ("19", "20") and max(len(month), len(day)) <= 2)


def is_trunk_number(text: str) -> bool:
    """Whether groups of digits that begin with a trunk prefix, 0, are as many as a telephone number has, and no day."""
    groups = "".join(character if character.isdecimal() else " " for character in text).split()
    years = any(len(group) == 4 and group[:2] in ("19", "20") for group in groups)
    return 9 <= sum(map(len, groups)) <= 12 and not (years and len(groups) < 5)


def entropy_bits(text: str) -> float:
    """Shannon's entropy of the characters of a text, in bits a character."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())


def _is_month_and_day(month: str, day: str) -> bool:
    return 1 <= int(month) <= 12 and 1 <= int(day) <= _MONTH_DAYS_MAX[int(month) - 1]
