"""What must not be kept, as patterns: bounded, linear, and checked where a checksum exists."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial


@dataclass(frozen=True, slots=True)
class Rule:
    """Text to replace. `valid` decides over a match where the pattern alone would take too much.

    `hint` is a substring of every match: where it is absent the pattern need not be tried.
    """

    name: str
    pattern: re.Pattern[str]
    valid: Callable[[str], bool] | None = None
    hint: str = ""

    def clean(self, text: str) -> str:
        """The text with each match replaced by the rule's name in brackets."""
        if self.hint not in text:
            return text
        if self.valid is None:
            return self.pattern.sub(f"[{self.name}]", text)
        return self.pattern.sub(partial(_replaced, self), text)


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

RULES: tuple[Rule, ...] = (
    Rule(
        "PRIVATE_KEY",
        re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----[^-]{0,20000}(?:-----END[A-Z -]{0,50}-----)?"),
        hint="-----BEGIN",
    ),
    Rule(
        "TOKEN", re.compile(r"\bey[A-Za-z0-9_-]{15,2000}\.ey[A-Za-z0-9_-]{15,4000}\.[A-Za-z0-9_-]{8,2000}"), hint="ey"
    ),
    Rule("API_KEY", re.compile(rf"(?<![A-Za-z0-9])(?:{_KEYS})")),
    Rule("EMAIL", re.compile(r"[A-Za-z0-9._%+\-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}"), hint="@"),
    Rule("IBAN", re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b"), iban),
    Rule("CARD", re.compile(r"(?<![\d.-])\d(?:[ -]?\d){12,18}(?![\d.-])"), luhn),
)
