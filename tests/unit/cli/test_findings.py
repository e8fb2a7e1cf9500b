from io import StringIO
from pathlib import Path

from rich.console import Console

from outproof.cli.findings import Gravity, counted, show
from outproof.config.yaml_lines import ConfigError


def shown(found: ConfigError, *, is_terminal: bool) -> list[str]:
    out = StringIO()
    show(Console(file=out, force_terminal=is_terminal, no_color=True, width=200), [found], Gravity.ERROR)
    return [line.rstrip() for line in out.getvalue().replace("\x1b[1m", "").splitlines()]


def plain(lines: list[str]) -> list[str]:
    return ["".join(part.partition("m")[2] if n else part for n, part in enumerate(x.split("\x1b["))) for x in lines]


def test_a_terminal_shows_the_line_with_a_mark_and_a_program_gets_one_line(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("a: 1\nwhen: ttf_p95 > 1s\n")
    found = ConfigError(str(file), 2, 7, 'unknown measure "ttf_p95"')
    first = f'{file}:2:7: error: unknown measure "ttf_p95"'
    assert shown(found, is_terminal=False) == [first]
    assert plain(shown(found, is_terminal=True)) == [first, "    when: ttf_p95 > 1s", "          ^"]


def test_a_line_that_cannot_be_shown_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(f"a: {'x' * 200}\n")
    for found in (
        ConfigError(str(file), 1, 4, "long"),
        ConfigError(str(file), 9, 1, "gone"),
        ConfigError(str(file), 0, 0, "whole"),
        ConfigError(str(tmp_path / "none.yaml"), 1, 1, "absent"),
    ):
        assert len(shown(found, is_terminal=True)) == 1


def test_nouns_are_counted() -> None:
    assert [counted(1, "policy"), counted(2, "policy"), counted(0, "error")] == ["1 policy", "2 policies", "0 errors"]
