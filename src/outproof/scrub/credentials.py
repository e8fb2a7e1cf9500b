"""Rules for what opens doors: private keys, tokens, passwords in URLs, and values that are called secret."""

from __future__ import annotations

import re

from outproof.scrub import provider_keys
from outproof.scrub.checksums import entropy_bits
from outproof.scrub.rule import Rule, Where, compiled

_ASSIGNED = r"[\"'\]`]{0,2}[ \t]{0,3}(?:=>|:=|[:=])[ \t]{0,3}"
_PLACEHOLDER = (
    r"(?i)\*+|x+|\.+|-+|null|none|nil|true|false|undefined|required|optional|redacted|hidden|masked|empty|string|"
    r"invalid|incorrect|wrong|missing|expired|changed|reset|forgotten|example|password|secret|token"
)
_VALUE = r"[\"']?(?P<it>(?<=\")[^\"\n]{3,150}|(?<=')[^'\n]{3,150}|(?<![\"'])[^\s\"'<>,;&]{3,150})"
_UUID = r"(?i)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"


def _is_password(text: str) -> bool:
    """Anything that is no placeholder: `***`, `null`, `${PASSWORD}`, `<password>`."""
    return text[0] not in "$<{[%" and compiled(_PLACEHOLDER).fullmatch(text) is None


def _is_said_password(text: str) -> bool:
    """After "is" only what no word looks like."""
    return _is_password(text) and not text.rstrip(".!?").isalpha()


def _is_secret(text: str) -> bool:
    return _is_password(text) and _has_digit(text)


def _is_random(text: str) -> bool:
    """What is merely called a key: letters and digits that look drawn, and no UUID, which names things."""
    mixed = _has_digit(text) and re.search(r"[A-Za-z]", text) is not None
    return mixed and entropy_bits(text) >= 3.2 and compiled(_UUID).fullmatch(text) is None


def _is_drawn(text: str) -> bool:
    """What is called nothing at all: 32 characters of three kinds, as 24 random bytes have in base 64."""
    kinds = (str.isupper, str.islower, str.isdecimal)
    return all(any(map(kind, text)) for kind in kinds) and entropy_bits(text) >= 4.2


def _has_digit(text: str) -> bool:
    return any(map(str.isdecimal, text))


def _either_case(*words: str) -> tuple[str, ...]:
    return (*words, *(word.upper() for word in words), *(word.capitalize() for word in words))


RULES: tuple[Rule, ...] = (
    Rule(
        "PRIVATE_KEY",
        r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----[^-]{0,20000}(?:-----END[A-Z0-9 -]{0,50}-----)?",
        hints=("-----BEGIN",),
    ),
    Rule(
        "TOKEN",
        r"ey(?<!\wey)[A-Za-z0-9_-]{15,2000}\.ey[A-Za-z0-9_-]{15,4000}(?:\.[A-Za-z0-9_-]{8,2000}){0,3}",
        hints=(".ey",),
        where=Where.TOKENS,
    ),
    *provider_keys.RULES,
    Rule("CREDENTIALS", r"://(?P<it>[^\s/@:\"'<>\[]{0,100}:[^\s/@\"'<>\[]{1,200})@", hints=("://",)),
    Rule(
        "TOKEN",
        r"(?i:bearer|basic|token)[ \t]{1,3}(?P<it>[A-Za-z0-9._~+/-]{16,2000}={0,2})",
        _is_secret,
        ("earer ", "EARER ", "asic ", "ASIC ", "oken ", "OKEN "),
        where=Where.TOKENS,
    ),
    Rule(
        "PASSWORD",
        rf"(?i:pass(?:word|wd|phrase|code|wort)?|pwd|kennwort){_ASSIGNED}{_VALUE}",
        _is_password,
        _either_case("pass", "pwd", "kennwort"),
        where=Where.ASSIGNED,
    ),
    Rule(
        "PASSWORD",
        r"(?i:password|passphrase|passcode|pin)[ \t]{1,2}(?i:is|was)[ \t]{1,2}[\"']?(?P<it>[^\s\"'<>,;]{3,150})",
        _is_said_password,
        ("word is", "word was", "phrase is", "code is", "pin is", "PIN is"),
    ),
    Rule(
        "SECRET",
        rf"(?i:secret|credentials?|creds|(?:api|access|auth|private|client|signing|encryption|session|refresh|id|csrf)"
        rf"[_. -]?(?:key|token|secret))[A-Za-z0-9_.-]{{0,24}}{_ASSIGNED}{_VALUE}",
        _is_secret,
        (*_either_case("secret", "cred", "key", "token"),),
        where=Where.ASSIGNED,
    ),
    Rule(
        "SECRET",
        rf"(?i:key|token|signature|sig)[A-Za-z_]{{0,12}}{_ASSIGNED}[\"']?(?P<it>[A-Za-z0-9+/=_.~-]{{10,500}})",
        _is_random,
        _either_case("key", "token", "sig"),
        where=Where.ASSIGNED,
    ),
    Rule(
        "SECRET",  # a whole line of a settings file: there even mere digits are meant
        r"(?im:^[ \t]{0,20}[\w.-]{0,40}(?:key|token|secret)\w{0,20}[ \t]{0,5}=[ \t]{0,5})"
        r"(?P<it>\d{8,64})(?m:[ \t]{0,5}$)",
        None,
        _either_case("key", "token", "secret"),
        where=Where.ASSIGNED,
    ),
    Rule(
        "SECRET",
        r"[=:][ \t]{0,2}[\"']?(?P<it>[A-Za-z0-9+/]{32,200}={0,2})(?![A-Za-z0-9+/=])",
        _is_drawn,
        where=Where.ASSIGNED,
    ),
)
