"""What a project's files say about scrubbing, checked when they are read; the policy they make, out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from outproof.contract.answer import COLUMNS, ColumnKind
from outproof.scrub import credentials
from outproof.scrub.bounded import Unbounded, check
from outproof.scrub.policy import STANDARD_NAME, STANDARD_RULES, Detector, Policy
from outproof.scrub.rule import Rule

RULES_MAX = 50
CONTEXT_WORDS_MAX = 20
RAW_LASTS_S_MAX = 7 * 86_400.0

_NAME = re.compile(r"[A-Z][A-Z0-9_]{1,39}")
_POLICY_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
_WORD = re.compile(r"[\w][\w .'-]{0,39}")
_NAMES = tuple(column.name for column in COLUMNS if column.kind is ColumnKind.NAME)
_MAY_BE_LEFT_OUT = sorted({rule.name for rule in STANDARD_RULES} - {rule.name for rule in credentials.RULES})


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomRule:
    """A rule of the project's own: what `pattern` matches is replaced by `[name]`.

    With `context` one of its words must stand shortly before the match on the same line, or right after it.
    """

    name: str
    pattern: str
    context: tuple[str, ...] = ()
    ignore_case: bool = False

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"expected the name of a rule in capitals, such as LOYALTY_ID, got {self.name!r}")
        if len(self.context) > CONTEXT_WORDS_MAX or not all(map(_WORD.fullmatch, self.context)):
            raise ValueError(f"rule {self.name}: expected at most {CONTEXT_WORDS_MAX} plain words under `context`")
        try:
            check(self._source)
        except Unbounded as error:
            raise ValueError(f"rule {self.name}: {error}") from error

    @property
    def _source(self) -> str:
        return f"(?i:{self.pattern})" if self.ignore_case else self.pattern

    @property
    def rule(self) -> Rule:
        """The rule as it runs."""
        words = "|".join(re.escape(word) for word in self.context)
        return Rule(self.name, self._source, context=rf"(?i)\b(?:{words})\b" if words else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawAccess:
    """Whether somebody may be granted to see contents as they came, and for how long at most. Off unless written."""

    allowed: bool = False
    lasts_s: float = 4 * 3_600.0

    def __post_init__(self) -> None:
        if not 60 <= self.lasts_s <= RAW_LASTS_S_MAX:
            raise ValueError(f"expected raw access to last from 1m to 7d, got {self.lasts_s:g} s")


@dataclass(frozen=True, slots=True, kw_only=True)
class PresidioUse:
    """Have Microsoft Presidio look at free text as well, for these of its entities, from this certainty on."""

    entities: tuple[str, ...]
    language: str = "en"
    score_min: float = 0.5
    model: str | None = None

    def __post_init__(self) -> None:
        if not self.entities or not all(map(_NAME.fullmatch, self.entities)):
            raise ValueError("expected names of Presidio's entities such as PERSON under `entities`, in capitals")
        if refused := {"EMAIL_ADDRESS", "URL"}.intersection(self.entities):
            raise ValueError(
                f"expected entities other than {', '.join(sorted(refused))}: to find those Presidio downloads a "
                f"list of domains, and the standard rules find addresses without it"
            )
        if not 0 < self.score_min <= 1:
            raise ValueError(f"expected a certainty above 0 and up to 1 under `score_min`, got {self.score_min:g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrubbing:
    """What is taken out of every text before it is kept.

    `name` stands in the id of the policy. `rules` come on top of the standard ones; those named by `without` are left
    out. Names in the columns `pseudonyms` are always replaced by keyed pseudonyms, whatever they hold.
    """

    name: str = STANDARD_NAME
    rules: tuple[CustomRule, ...] = ()
    without: tuple[str, ...] = ()
    pseudonyms: tuple[str, ...] = ()
    raw: RawAccess = RawAccess()
    presidio: PresidioUse | None = None

    def __post_init__(self) -> None:
        if not _POLICY_NAME.fullmatch(self.name):
            raise ValueError(f"expected a name in small letters such as delivery-pii-v1, got {self.name!r}")
        if len(self.rules) > RULES_MAX:
            raise ValueError(f"expected at most {RULES_MAX} rules, got {len(self.rules)}")
        for name in self.without:
            if name not in _MAY_BE_LEFT_OUT:
                some = ", ".join(_MAY_BE_LEFT_OUT)
                raise ValueError(f"expected names of standard rules from {some} under `without`, got {name!r}")
        for column in self.pseudonyms:
            if column not in _NAMES:
                raise ValueError(f"expected columns from {', '.join(_NAMES)} under `pseudonyms`, got {column!r}")

    def policy(self, detectors: Sequence[Detector] = ()) -> Policy:
        """The policy that all of this makes."""
        standard = (rule for rule in STANDARD_RULES if rule.name not in self.without)
        return Policy((*(custom.rule for custom in self.rules), *standard), self.name, detectors)
