"""The docs hold together: links lead somewhere, code blocks are well formed, and the verbs they name exist."""

import ast
import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

import yaml

from tests.tidy.source import Source, a_source, expect_none, files, paths

FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>[\w-]*)[^\n]*\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)
LINK = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\((?P<target>[^)\s]+)\)|(?:src|href)=\"(?P<html>[^\"]+)\"")
VERBS = frozenset({"setup", "demo", "test", "lint", "types", "bench", "drill", "docs", "build", "serve"})


def pages() -> list[Source]:
    return [source for source in files() if source.path.suffix == ".md"]


def prose(page: Source) -> str:
    """The page without its code blocks; line breaks stay, so that line numbers do."""
    return FENCE.sub(lambda match: "\n" * match[0].count("\n"), page.text)


def anchors(page: Source) -> set[str]:
    """The names of a page's headings, as they stand after the # of a link."""
    headings = re.findall(r"^#+ +(.*?) *$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def resolved(page: Source, target: str) -> PurePosixPath:
    """The path, from the root, that a relative link leads to."""
    parts: list[str] = []
    for part in (page.path.parent / target).parts:
        if part == ".." and parts:
            parts.pop()
        else:
            parts.append(part)
    return PurePosixPath(*parts)


def broken_links(page: Source, tree: Mapping[PurePosixPath, Source | None]) -> list[str]:
    """Relative links to a file, folder or heading that isn't in `tree` (None: present, but not text)."""
    found = []
    for match in LINK.finditer(prose(page)):
        target, _, anchor = (match["target"] or match["html"]).partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        number = page.text.count("\n", 0, match.start()) + 1
        path = resolved(page, target) if target else page.path
        folder = any(each.is_relative_to(path) for each in tree)
        if path not in tree and not folder:
            found.append(page.at(number, f"{target} is not in the tree"))
        elif anchor and (there := tree.get(path)) is not None and anchor not in anchors(there):
            found.append(page.at(number, f"{path} has no heading #{anchor}"))
    return found


def malformed_blocks(page: Source) -> list[str]:
    """Code blocks that their own language's parser refuses. A language we have no parser for is not looked at."""
    found = []
    for match in FENCE.finditer(page.text):
        number = page.text.count("\n", 0, match.start()) + 1
        indent, body = match["indent"], match["body"]
        text = "".join(line.removeprefix(indent) for line in body.splitlines(keepends=True))
        if problem := _problem(match["language"], text):
            found.append(page.at(number, f"this {match['language']} block is malformed: {problem}"))
    return found


def _problem(language: str, text: str) -> str | None:
    try:
        match language:
            case "python" | "py":
                ast.parse(text)
            case "json":
                json.loads(text)
            case "yaml" | "yml":
                list(yaml.safe_load_all(text))
            case "sh" | "bash":
                done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
                return done.stderr.strip() or None
            case "":
                return "say which language it is (text, if none)"
    except (SyntaxError, ValueError, yaml.YAMLError) as error:
        return str(error)
    return None


def unknown_verbs(page: Source) -> Iterator[str]:
    """`make x` in code, where x is none of the ten."""
    for number, line in enumerate(page.text.splitlines(), 1):
        for verb in re.findall(r"(?:^|`|\$ |&& )make ([a-z]+)", line):
            if verb not in VERBS:
                yield page.at(number, f"there is no `make {verb}`")


def test_every_link_leads_somewhere() -> None:
    tree = dict.fromkeys(paths()) | {source.path: source for source in files()}
    expect_none(line for page in pages() for line in broken_links(page, tree))


def test_every_code_block_is_well_formed() -> None:
    expect_none(line for page in pages() for line in malformed_blocks(page))


def test_every_verb_in_the_docs_exists() -> None:
    expect_none(line for page in pages() for line in unknown_verbs(page))


def test_the_index_of_decisions_names_every_page() -> None:
    folder = PurePosixPath("docs/decisions")
    here = [page for page in pages() if page.path.parent == folder]
    [index] = [page for page in here if page.path.name == "README.md"]
    linked = {match["target"] for match in LINK.finditer(index.text)}
    assert {page.path.name for page in here} - {"README.md"} <= linked


def test_a_broken_link_is_found() -> None:
    there = a_source("docs/there.md", "# One thing, first\n")
    page = a_source(
        "docs/page.md",
        "[a](there.md) [b](gone.md) [c](there.md#one-thing-first) [d](there.md#two) [e](https://example.org)",
    )
    assert broken_links(page, {page.path: page, there.path: there}) == [
        "docs/page.md:1: gone.md is not in the tree",
        "docs/page.md:1: docs/there.md has no heading #two",
    ]


def test_a_malformed_block_is_found_in_each_language() -> None:
    for language, body in (
        ("python", "def f(:"),
        ("json", "{a: 1}"),
        ("yaml", "a: [1"),
        ("sh", "if true; do"),
        ("", "x"),
    ):
        assert malformed_blocks(a_source("docs/page.md", f"# x\n\n```{language}\n{body}\n```\n")), language
    assert not malformed_blocks(a_source("docs/page.md", "- x\n\n  ```python\n  def f():\n      return 1\n  ```\n"))


def test_an_unknown_verb_is_found() -> None:
    assert list(unknown_verbs(a_source("docs/page.md", "Type `make coffee`.")))
    assert not list(unknown_verbs(a_source("docs/page.md", "Type `make demo` to make sure.")))
