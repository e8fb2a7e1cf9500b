"""Raw text can't be stored because only scrub/ can make SafeText."""

import ast

from tests.tidy.source import Source, a_source, called, expect_none, under


def makers(source: Source) -> list[str]:
    """Where SafeText is made by calling it, by casting to it, or under another name."""
    found = []
    for node in ast.walk(source.tree):
        match node:
            case ast.Call() if called(node) == "SafeText":
                found.append(source.at(node.lineno, "only scrub/ makes SafeText"))
            case ast.Call(args=[target, *_]) if called(node) == "cast" and "SafeText" in ast.unparse(target):
                found.append(source.at(node.lineno, "only scrub/ makes SafeText; a cast is no scrubbing"))
            case ast.alias(name="SafeText", asname=str()):
                found.append(source.at(node.lineno, "SafeText keeps its name, so that its makers can be found"))
    return found


def test_only_scrub_makes_safe_text() -> None:
    elsewhere = [source for source in under("src", "examples", "benchmarks") if source.room != "scrub"]
    expect_none(line for source in elsewhere for line in makers(source))


def test_a_maker_of_safe_text_is_found_in_each_form() -> None:
    for text in (
        "x = SafeText(raw)",
        "x = redaction.SafeText(raw)",
        "x = cast(SafeText, raw)",
        'x = typing.cast("SafeText | None", raw)',
        "from outproof.scrub.text import SafeText as Text",
    ):
        assert makers(a_source("src/outproof/store/a.py", text)), text
    assert not makers(a_source("src/outproof/store/a.py", "def f(x: SafeText) -> SafeText: return x"))
