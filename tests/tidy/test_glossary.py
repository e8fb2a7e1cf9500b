"""One word per thing: the glossary is a table, and words it rules out don't become names."""

import ast
import re
from collections import Counter
from collections.abc import Iterator

from tests.tidy.source import ROOT, Source, a_source, expect_none, under

ROW = re.compile(r"^\| \*\*(?P<word>[^*|]+)\*\* \| (?P<meaning>[^|]+) \| (?P<instead>[^|]+) \|$", re.MULTILINE)


def rows(page: str) -> list[re.Match[str]]:
    return list(ROW.finditer(page))


def ruled_out(page: str) -> dict[str, str]:
    """Each word in backticks of the right-hand column, and the word to use."""
    return {
        word.replace(" ", ""): match["word"]
        for match in rows(page)
        for word in re.findall(r"`([^`]+)`", match["instead"])
    }


def names(source: Source) -> Iterator[tuple[int, str]]:
    """The module's own name, its classes, and the tables it declares."""
    yield 1, source.path.stem
    for node in ast.walk(source.tree):
        match node:
            case ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.Call(func=ast.Name(id="Table"), args=[ast.Constant(value=str() as name), *_]):
                yield node.lineno, name


def wrong_words(source: Source, instead: dict[str, str]) -> list[str]:
    found = []
    for number, name in names(source):
        word = name.replace("_", "").lower()
        for form in {word, word.removesuffix("s")} & instead.keys():
            found.append(source.at(number, f'"{name}": the word for this is {instead[form]} (docs/glossary.md)'))
    return found


def page() -> str:
    return (ROOT / "docs" / "glossary.md").read_text()


def test_the_glossary_defines_each_word_once_and_fully() -> None:
    words = Counter(match["word"].lower() for match in rows(page()))
    assert len(words) > 40
    assert [word for word, times in words.items() if times > 1] == []
    assert len(rows(page())) == len(re.findall(r"^\| \*\*", page(), re.MULTILINE)), "a row has an empty column"


def test_no_word_is_both_used_and_ruled_out() -> None:
    assert ruled_out(page()).keys() & {match["word"].lower() for match in rows(page())} == set()


def test_no_module_class_or_table_has_a_word_that_was_ruled_out() -> None:
    instead = ruled_out(page())
    expect_none(line for source in under("src") for line in wrong_words(source, instead))


def test_a_wrong_word_is_found_as_a_module_a_class_and_a_table() -> None:
    instead = ruled_out("| **Alert** | A state. | `alarm` |\n| **Rate card** | Prices. | `price list`, tariff |")
    assert wrong_words(a_source("src/outproof/decide/alarms.py", ""), instead)
    assert wrong_words(a_source("src/outproof/decide/a.py", "class PriceList: ..."), instead)
    assert wrong_words(a_source("src/outproof/store/a.py", 'alarms = Table("alarms", metadata)'), instead)
    assert not wrong_words(a_source("src/outproof/decide/alert.py", "class Tariff: ..."), instead)
