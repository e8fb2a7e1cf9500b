"""A text as its reader decodes it, and where each of its characters stood: hidden secrets come to light in it."""

from __future__ import annotations

import re
import unicodedata
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass

from outproof.scrub.rule import compiled

_ROUNDS_MAX = 3  # %2540 is %40 is @
_ESCAPED = (
    r"(?P<percent>(?:%[0-9A-Fa-f]{2})+)"
    r"|\\(?:u(?P<u>[0-9A-Fa-f]{4})|u\{(?P<brace>[0-9A-Fa-f]{1,6})\}|U(?P<long>[0-9A-Fa-f]{8})|x(?P<x>[0-9A-Fa-f]{2})"
    r"|(?P<one>[nrt\"'/\\]))"
    r"|&(?:#(?P<decimal>[0-9]{1,7})|#[xX](?P<hex>[0-9A-Fa-f]{1,6})|(?P<entity>[A-Za-z]{2,8}));"
    r"|(?P<other>[^\x00-\x7f])"
)
_MARKS = ("%", "\\", "&")
_ONE = {"n": "\n", "r": "\r", "t": "\t"}
_MARKS_BY_NAME = (
    "amp& lt< gt> quot\" apos' commat@ period. colon: sol/ lowbar_ hyphen- dash- ndash- mdash- num# plus+ equals= "
    "lpar( rpar) comma, semi;"
)
_ENTITIES = {each[:-1]: each[-1] for each in _MARKS_BY_NAME.split()} | {"nbsp": " ", "shy": "", "zwj": "", "zwnj": ""}
# Unseen marks that text may be laced with, besides the format characters: joiners, fillers, variation selectors.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0") | {chr(code) for code in range(0xFE00, 0xFE10)}

# Of the four characters that stand for three bytes of ASCII the first, second and third can only be these, at whatever
# offset the text begins: so a search finds it without trying to decode every long word. The marks that stand for 62 and
# 63 are left out, for only ">", "?" and "~" in every third place need them: there a text falls into two.
_QUAD = r"[CDI-Za-f][A-HQ-Xg-nw-z0-3][ABEFIJMNQRUVYZcdghklopstwx014589][A-Za-z0-9]"
_BASE64 = rf"(?:{_QUAD}){{5,20000}}(?:[A-Za-z0-9+/_-]{{1,3}}={{0,2}})?"
BASE64_CHARS_MIN = 20
_BASE64_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-=")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded text. Its character at `index` came from the original's `starts[index]` up to `ends[index]`."""

    text: str
    starts: list[int]
    ends: list[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where in the original a part of the decoded text stood."""
        return self.starts[start], self.ends[end - 1]


def decoded(text: str) -> Decoded | None:
    """The text without percent, `\\u` and HTML escapes, invisible characters and look-alike forms (NFKC).

    None: there is nothing to decode.
    """
    if text.isascii() and not any(mark in text for mark in _MARKS):
        return None
    known: Decoded | None = None
    for _ in range(_ROUNDS_MAX):
        current = text if known is None else known.text
        once = _decoded_once(current)
        if once.text == current:
            break
        known = once if known is None else _composed(known, once)
    return known


def _decoded_once(text: str) -> Decoded:
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    position = 0
    for match in compiled(_ESCAPED).finditer(text):
        first, last = match.span()
        pieces.append(text[position:first])
        starts.extend(range(position, first))
        ends.extend(range(position + 1, first + 1))
        for piece, start, end in _meant(match):
            pieces.append(piece)
            starts.extend([start] * len(piece))
            ends.extend([end] * len(piece))
        position = last
    pieces.append(text[position:])
    starts.extend(range(position, len(text)))
    ends.extend(range(position + 1, len(text) + 1))
    return Decoded("".join(pieces), starts, ends)


def _meant(match: re.Match[str]) -> Iterator[tuple[str, int, int]]:
    """What an escape means, each character with where it stands."""
    start, end = match.span()
    kind, said = match.lastgroup, match.group(match.lastgroup or 0)
    match kind:
        case "percent":
            raw = bytes.fromhex(said.replace("%", ""))
            for character in raw.decode("utf-8", "surrogateescape"):
                length = 3 * len(character.encode("utf-8", "surrogateescape"))
                yield _plain(character), start, start + length
                start += length
        case "other":
            yield _plain(said), start, end
        case "one":
            yield _ONE.get(said, said), start, end
        case "entity":
            yield _ENTITIES.get(said, match.group()), start, end
        case _:
            code = int(said, 10 if kind == "decimal" else 16)
            yield (_plain(chr(code)) if code <= 0x10FFFF else match.group()), start, end


def _plain(character: str) -> str:
    """A character as it is read: ASCII where it only looks different; nothing where it is not seen."""
    if character.isascii():
        return character
    category = unicodedata.category(character)
    if category == "Cf" or character in _UNSEEN:
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Pd" or character == "\u2212":
        return "-"
    if category == "Zs":
        return " "
    return unicodedata.normalize("NFKC", character)


def _composed(outer: Decoded, inner: Decoded) -> Decoded:
    """Two decodings, one after the other, as one."""
    return Decoded(
        inner.text, [outer.starts[index] for index in inner.starts], [outer.ends[index - 1] for index in inner.ends]
    )


def in_base64(text: str) -> Iterator[tuple[int, int, str]]:
    """Each part of a text that is plain ASCII in base 64: where it stands, and what it says."""
    position = 0
    while (match := compiled(_BASE64).search(text, position)) is not None:
        quads = match.group().rstrip("=")
        whole = quads[: len(quads) - (len(quads) % 4 == 1)]
        said = b64decode(whole + "=" * (-len(whole) % 4)).decode("ascii", "replace")
        start, position = match.start(), match.end()
        while start > 0 and text[start - 1] in _BASE64_CHARACTERS and text[start - 1] != "=":
            start -= 1  # the rest of the word says nothing without this part, and may say much together with it
        while position < len(text) and text[position] in _BASE64_CHARACTERS:
            position += 1
        yield start, position, said
