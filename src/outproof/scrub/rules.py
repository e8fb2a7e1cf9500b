"""What must not be kept, as patterns: bounded, linear, and checked where a checksum exists."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial


@dataclass(frozen=True, slots=True)
class Rule:
    """Text to replace. `valid` decides over a match where the pattern alone would take too much.

    Every match holds one of the `hints`: where all are absent the pattern need not be tried. Texts are looked at
    together, one to a line, before each is looked at alone, so with `valid` no pattern may reach beyond a line.
    """

    name: str
    pattern: re.Pattern[str]
    valid: Callable[[str], bool] | None = None
    hints: tuple[str, ...] = ()

    def clean(self, text: str) -> str:
        """The text with each match replaced by the rule's name in brackets."""
        if self._is_out_of_question(text):
            return text
        if self.valid is None:
            return self.pattern.sub(f"[{self.name}]", text)
        return self.pattern.sub(partial(_replaced, self), text)

    def _is_out_of_question(self, text: str) -> bool:
        for hint in self.hints:  # a loop, because any() with a generator would cost more than the looking
            if hint in text:
                return False
        return bool(self.hints)


def _replaced(rule: Rule, match: re.Match[str]) -> str:
    assert rule.valid is not None
    return f"[{rule.name}]" if rule.valid(match.group()) else match.group()


def luhn(text: str) -> bool:
    """Whether the digits of a text pass the Luhn check of payment cards (ISO/IEC 7812-1)."""
    digits = [int(character) for character in text if character.isdigit()]
    doubled = [digit * 2 - 9 if digit > 4 else digit * 2 for digit in digits[-2::-2]]
    return 13 <= len(digits) <= 19 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def iban(text: str) -> bool:
    """Whether a text passes the mod-97 check of an IBAN (ISO 13616)."""
    compact = text.replace(" ", "").upper()
    moved = compact[4:] + compact[:4]
    return int("".join(str(int(character, 36)) for character in moved)) % 97 == 1


_KEYS = "|".join(
    (
        r"sk-[A-Za-z0-9_-]{16,200}",  # OpenAI, Anthropic, OpenRouter, LiteLLM, Langfuse
        r"gsk_[A-Za-z0-9]{20,100}",
        r"hf_[A-Za-z]{30,40}",
        r"pplx-[A-Za-z0-9]{40,60}",
        r"xai-[A-Za-z0-9]{20,100}",
        r"r8_[A-Za-z0-9]{20,60}",
        r"lsv2_[a-z]{2}_[A-Za-z0-9_]{20,80}",
        r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}",
        r"AIza[\w-]{35}",
        r"gh[pousr]_[A-Za-z0-9]{36}",
        r"github_pat_\w{60,90}",
        r"glpat-[\w-]{20}",
        r"xox[abpe]-[A-Za-z0-9-]{10,200}",
        r"(?:sk|rk)_(?:test|live|prod)_[A-Za-z0-9]{10,99}",
        r"SG\.[\w.-]{60,70}",
        r"npm_[A-Za-z0-9]{36}",
        r"op_[a-z2-7]{40,60}",
    )
)

_KEY_HINTS = tuple(
    "sk- gsk_ hf_ pplx- xai- r8_ lsv2_ AKIA ASIA ABIA ACCA AIza ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- xox "
    "sk_ rk_ SG. npm_ op_".split()
)

# What may stand before a match is looked for after its first character: a pattern that begins with a character or a
# class is searched for several times faster than one that begins with a condition.
RULES: tuple[Rule, ...] = (
    Rule(
        "PRIVATE_KEY",
        re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----[^-]{0,20000}(?:-----END[A-Z -]{0,50}-----)?"),
        hints=("-----BEGIN",),
    ),
    Rule(
        "TOKEN",
        re.compile(r"ey(?<!\wey)[A-Za-z0-9_-]{15,2000}\.ey[A-Za-z0-9_-]{15,4000}\.[A-Za-z0-9_-]{8,2000}"),
        hints=("ey",),
    ),
    Rule("API_KEY", re.compile(rf"(?<![A-Za-z0-9])(?:{_KEYS})"), hints=_KEY_HINTS),
    Rule("EMAIL", re.compile(r"[A-Za-z0-9._%+\-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}"), hints=("@",)),
    Rule("IBAN", re.compile(r"[A-Z](?<!\w[A-Z])[A-Z]\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b"), iban),
    Rule("CARD", re.compile(r"\d(?<![\d.-]\d)(?:[ -]?\d){12,18}(?![\d.-])"), luhn),
)
