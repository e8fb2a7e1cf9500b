"""Catching everything hides our own mistakes; only the outermost loops may do it, each in one file."""

import ast
from collections import defaultdict

from tests.tidy.source import Source, a_source, expect_none, under

# room: how many of its files may catch everything
ALLOWED = {"sdk": 1, "engine": 1, "server": 1}
EVERYTHING = frozenset({"Exception", "BaseException"})


def catch_alls(source: Source) -> list[int]:
    """The lines of `except:`, `except Exception` and `suppress(Exception)`, also inside tuples."""
    found = []
    for node in ast.walk(source.tree):
        match node:
            case ast.ExceptHandler(type=None):
                found.append(node.lineno)
            case ast.ExceptHandler(type=ast.expr() as caught) if _names(caught) & EVERYTHING:
                found.append(node.lineno)
            case ast.Call(func=ast.Name(id="suppress") | ast.Attribute(attr="suppress"), args=caught_here):
                if any(_names(each) & EVERYTHING for each in caught_here):
                    found.append(node.lineno)
    return found


def _names(node: ast.expr) -> set[str]:
    return {
        each.id if isinstance(each, ast.Name) else each.attr
        for each in ast.walk(node)
        if isinstance(each, ast.Name | ast.Attribute)
    }


def offences(sources: list[Source]) -> list[str]:
    """Each catch-all in a room that may have none, and each room that has more files with one than it may."""
    by_room: dict[str, dict[str, int]] = defaultdict(dict)
    for source in sources:
        if lines := catch_alls(source):
            by_room[source.room][str(source.path)] = lines[0]
    return [
        f"{path}:{line}: catches everything; {room or 'this folder'} may do so in {ALLOWED.get(room, 0)} files"
        for room, files in by_room.items()
        if len(files) > ALLOWED.get(room, 0)
        for path, line in files.items()
    ]


def test_only_the_outermost_loops_catch_everything() -> None:
    expect_none(offences(under("src")))


def test_every_form_of_catching_everything_is_found() -> None:
    for form in (
        "except:",
        "except Exception:",
        "except (ValueError, BaseException) as error:",
        "except builtins.Exception:",
    ):
        assert catch_alls(a_source("src/outproof/core/a.py", f"try:\n    f()\n{form}\n    pass\n")) == [3], form
    assert catch_alls(a_source("src/outproof/core/a.py", "with contextlib.suppress(Exception):\n    f()\n")) == [1]
    assert catch_alls(a_source("src/outproof/core/a.py", "try:\n    f()\nexcept OSError:\n    pass\n")) == []


def test_a_second_file_in_an_allowed_room_is_found() -> None:
    catching = "try:\n    f()\nexcept Exception:\n    pass\n"
    loop, other = (a_source(f"src/outproof/engine/{name}.py", catching) for name in ("loop", "other"))
    assert offences([loop]) == []
    assert len(offences([loop, other])) == 2
    assert len(offences([a_source("src/outproof/store/a.py", catching)])) == 1
