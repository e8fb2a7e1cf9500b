"""What must not be kept, as one value with an id: a text in, what was found in it, and the text without it, out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Protocol

from outproof.core.ids import digest_id
from outproof.scrub import credentials, identities
from outproof.scrub.canonical_form import BASE64_CHARS_MIN, decoded, in_base64
from outproof.scrub.rule import Find, Rule, Where, compiled

STANDARD_NAME = "standard"
STANDARD_RULES: tuple[Rule, ...] = (*credentials.RULES, *identities.RULES)
"""What is looked for without being asked. Where finds overlap the earlier rule names them."""

_ENGINE = "1"  # counts up when the same rules find something else
_PASSES_MAX = 4
_NOT_A_UUID = r"(?!\w{7}-\w{4}-\w{4}-)"
_NOT_A_WORD = r"(?!\d|(?!x\d)[A-Za-z_]\w)"  # an extension is: 986.291.2294x751
_PARTS = {
    Where.NUMBERS: (rf"\d(?<![\w.-]\d){_NOT_A_UUID}(?:[ ().\-/]{{0,3}}\d){{6,200}}{_NOT_A_WORD}", 3, 16),
    Where.CAPITALS: (r"[A-Z](?<!\w[A-Z])[A-Z]{0,5}[ -]?\d(?=[A-Z\d -]{4})", 0, 48),
    Where.DOTTED: (r"\d\.\d{1,3}\.\d", 4, 12),
    Where.COLONS: (r":[0-9A-Fa-f]{0,4}:", 40, 40),
    Where.DIGITS: (r"\d(?:-?\d){3,40}", 72, 32),
}
"""The patterns of the parts that rules look at, and how far to the left and right of them they may look."""

_TOKEN_CHARS_MIN = 16


def _table(**kinds: str) -> bytes:
    """A table for `bytes.translate`: each character by its kind, the rest as it is."""
    table = bytearray(range(256))
    for kind, characters in kinds.items():
        for character in characters.encode():
            table[character] = ord(kind)
    return bytes(table)


_DIGITS, _UPPER, _LOWER = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
_KINDS, _MARKS = _table(**{"0": _DIGITS, "A": _UPPER}), b" ().-/"
_TOKENS, _TOKEN = _table(x=_DIGITS + _UPPER + _LOWER + "+/_-=.~"), b"x" * _TOKEN_CHARS_MIN
_RUNS, _RUN = _table(x=_DIGITS + _UPPER + _LOWER), b"x" * BASE64_CHARS_MIN
_NOT_IN_WORDS = bytes(code for code in range(128) if not chr(code).isalnum())
_WORDS = bytes(ord("\n") if code in _NOT_IN_WORDS else code for code in range(256))


class Detector(Protocol):
    """Finds in a text what no pattern can, such as names of people. `id` changes with whatever changes its finds."""

    @property
    def id(self) -> str: ...

    def finds(self, text: str) -> Sequence[Find]: ...


_Hinted = list[tuple[str, Rule]]


class Policy:
    """Rules under a name. It never changes; its id changes with the least of its rules.

    `detectors` look at free text after the rules did: there only, because they are slow and take a promise's name for
    a person's.
    """

    def __init__(
        self,
        rules: Sequence[Rule] = STANDARD_RULES,
        name: str = STANDARD_NAME,
        detectors: Sequence[Detector] = (),
    ) -> None:
        self.name = name
        self._detectors = tuple(detectors)
        self.rules = tuple(rules)
        self._ranks = {rule.name: rank for rank, rule in reversed(list(enumerate(self.rules)))}
        by_place = {where: [rule for rule in self.rules if rule.where is where] for where in Where}
        self._hinted = {where: _hinted(rules) for where, rules in by_place.items()}
        heads = [(rule, _head(rule)) for rule in by_place[Where.TOKENS]]
        self._headless = _hinted(rule for rule, head in heads if head is None)
        self._by_head: dict[bytes, _Hinted] = {}
        for rule, head in heads:
            if head is not None:
                self._by_head[head] = [*self._by_head.get(head, ()), *_hinted([rule])]

    @cached_property
    def id(self) -> str:
        """The name and a digest of every rule: what a stored text was scrubbed by."""
        said = (f"{rule.name}\0{rule.pattern}\0{rule.context}\0{rule.where}" for rule in self.rules)
        asked = (detector.id for detector in self._detectors)
        return f"{self.name}@{digest_id('', _ENGINE, *said, *asked)[1:13]}"

    def finds(self, text: str) -> list[Find]:
        """What must not be kept, in the order of the text, without overlaps."""
        found = self._seen(text)
        plain = decoded(text)
        if plain is not None:
            found += [Find(*plain.span(find.start, find.end), find.name) for find in self._seen(plain.text)]
        read = text if plain is None else plain.text
        if _RUN in read.encode("ascii", "replace").translate(_RUNS):
            for start, end, said in in_base64(read):
                if inner := self._seen(said):
                    place = (start, end) if plain is None else plain.span(start, end)
                    found.append(Find(*place, min((find.name for find in inner), key=self._rank)))
        return self._joined(found) if len(found) > 1 else found

    def cleaned(self, text: str) -> str:
        """The text with everything replaced that is found; the same object where nothing is."""
        for _ in range(_PASSES_MAX):
            found = self.finds(text)
            if not found:
                break
            text = _replaced(text, found)
        return text

    def redacted(self, text: str) -> str:
        """The free text with everything replaced that is found by rules or detectors."""
        safe = self.cleaned(text)
        for detector in self._detectors:
            if found := self._joined(detector.finds(safe)):
                safe = _replaced(safe, found)
        return safe

    def _seen(self, text: str) -> list[Find]:
        """What the rules find in a text as it stands."""
        raw = text.encode("ascii", "replace")
        found = _of_all(self._hinted[Where.ANYWHERE], text)
        if _TOKEN in raw.translate(_TOKENS):
            found += _of_all(self._headless, text)
            for head in self._by_head.keys() & raw.translate(_WORDS).split(b"\n"):
                found += _of_all(self._by_head[head], text)
        kinds = raw.translate(_KINDS)
        joined = kinds.translate(None, _MARKS)
        is_said = "=" in text or ":" in text  # something is called something
        if is_said:
            found += _of_all(self._hinted[Where.ASSIGNED], text)
        if b"0000" in joined and (is_said or " " in text):
            found += self._in_parts(Where.DIGITS, text)
        if b"0000000" in joined:
            found += self._in_parts(Where.NUMBERS, text)
        if b"A0" in kinds or b"A-0" in kinds or b"A 0" in kinds:
            found += self._in_parts(Where.CAPITALS, text)
        if b"0.0" in kinds:
            found += self._in_parts(Where.DOTTED, text)
        if ":" in text:
            found += self._in_parts(Where.COLONS, text)
        return found

    def _in_parts(self, where: Where, text: str) -> list[Find]:
        pattern, left, right = _PARTS[where]
        hinted = self._hinted[where]
        rules: list[Rule] | None = None
        if where is Where.DIGITS:  # there are more digits than words for what they mean
            rules = _possible(hinted, text)
            if not rules:
                return []
        found: list[Find] = []
        for part in compiled(pattern).finditer(text):
            rules = rules or _possible(hinted, text)
            start, end = max(0, part.start() - left), min(len(text), part.end() + right)
            digits = sum(map(str.isdecimal, part.group())) if where is Where.NUMBERS else 0
            for rule in rules:
                if rule.digits_min <= digits:
                    found.extend(rule.finds(text, start, end))
        return found

    def _rank(self, name: str) -> int:
        return self._ranks.get(name, len(self.rules))

    def _joined(self, found: Iterable[Find]) -> list[Find]:
        """Finds that overlap as one, named by the first of the rules."""
        joined: list[Find] = []
        for find in sorted(found, key=lambda find: (find.start, find.end)):
            if joined and find.start < joined[-1].end:
                last = joined[-1]
                name = min(last.name, find.name, key=self._rank)
                joined[-1] = Find(last.start, max(last.end, find.end), name)
            else:
                joined.append(find)
        return joined


def _head(rule: Rule) -> bytes | None:
    """The word that every match of a rule begins with. None: it begins otherwise, or with a part of a word."""
    [head, *rest] = re.findall(r"^[A-Za-z0-9]*", rule.hints[0]) if len(rule.hints) == 1 else ("",)
    return head.encode() if head and not rest and head != rule.hints[0] else None


def _hinted(rules: Iterable[Rule]) -> _Hinted:
    """Each rule by each of its hints; one without hints by the text that is in every text."""
    return [(hint, rule) for rule in rules for hint in rule.hints or ("",)]


def _possible(hinted: _Hinted, text: str) -> list[Rule]:
    return list(dict.fromkeys(rule for hint, rule in hinted if hint in text))


def _of_all(hinted: _Hinted, text: str) -> list[Find]:
    found: list[Find] = []
    for hint, rule in hinted:
        if hint in text:
            found.extend(rule.finds(text, 0, len(text)))
    return found


def _replaced(text: str, found: Sequence[Find]) -> str:
    pieces: list[str] = []
    position = 0
    for find in found:
        pieces += (text[position : find.start], f"[{find.name}]")
        position = find.end
    return "".join((*pieces, text[position:]))


STANDARD = Policy()
