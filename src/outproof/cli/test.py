"""`outproof test PATH…`: promises, policies and scenarios in; whether each scenario comes true, and where not, out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from outproof.cli.junit import Case, write_junit
from outproof.config.yaml_lines import ConfigErrors
from outproof.scenario.parser import ScenarioErrors
from outproof.scenario.running import SUFFIX, Failure, Result, Runner, Story, stories

FAILED, NOT_RUN = 1, 2
_YAML = (".yaml", ".yml")

_out = Console(highlight=False, soft_wrap=True)
_err = Console(stderr=True, highlight=False, soft_wrap=True)


def run_scenarios(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH…", help="YAML files that declare, .scenario files, or directories of them."),
    ],
    only: Annotated[
        str | None, typer.Option("-k", metavar="TEXT", help="Only scenarios whose file or name holds this text.")
    ] = None,
    junit: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the results as JUnit XML.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results for programs.")] = False,
) -> None:
    """Run scenarios against promises and policies, on a clock that is moved: hours pass in milliseconds.

    Exit code 0: all came true; 1: some did not; 2: they could not be run.
    """
    try:
        chosen = [story for story in _stories(paths) if _is_wanted(story, only)]
    except (ScenarioErrors, ConfigErrors) as error:
        for each in error.errors:
            _err.print(Text.assemble(str(each), style="red"))
        raise typer.Exit(NOT_RUN) from error
    if not chosen:
        said = f"no scenario in {', '.join(map(str, paths))}" + (f" holds {only!r}" if only else "")
        _err.print(f"{said}: expected files that end in {SUFFIX}", style="red", markup=False)
        raise typer.Exit(NOT_RUN)
    results = list(_run(chosen, quiet=as_json))
    if as_json:
        print(json.dumps({"scenarios": [_shown(result) for result in results]}, indent=2))
    else:
        _summarise(results)
    if junit is not None:
        _write(junit, results)
    raise typer.Exit(FAILED if any(not result.passed for result in results) else 0)


def _stories(paths: Sequence[Path]) -> list[Story]:
    """The scenarios of all files, on what all YAML files among them declare together."""
    found: list[Path] = []
    for path in paths:
        found += sorted(_inside(path)) if path.is_dir() else [path]
    common = [path for path in found if path.suffix in _YAML]
    return [story for path in found if path.suffix not in _YAML for story in stories(path, common)]


def _inside(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and (path.suffix in (*_YAML, SUFFIX)) and path.is_file():
            yield path


def _is_wanted(story: Story, only: str | None) -> bool:
    return only is None or only.lower() in f"{story.path} {story.scenario.name}".lower()


def _run(chosen: Sequence[Story], *, quiet: bool) -> Iterator[Result]:
    with Runner() as runner:
        for number, story in enumerate(chosen, 1):
            result = runner.run(story)
            if not quiet:
                mark = ("passed", "green") if result.passed else ("failed", "bold red")
                line = f"  {result.path}: {result.name}"
                _out.print(Text.assemble((f"{number}/{len(chosen)} ", "dim"), mark, line, (_took(result), "dim")))
                for failure in result.failures:
                    _show(result, failure)
            yield result


def _took(result: Result) -> str:
    return f"  {result.seconds * 1_000:.0f} ms"


def _show(result: Result, failure: Failure) -> None:
    _out.print(Text.assemble((f"{_where(result, failure)}: ", "bold"), failure.said))
    _out.print(Text.assemble(("    expected ", "dim"), failure.expected))
    _out.print(Text.assemble(("    saw      ", "dim"), failure.seen))


def _where(result: Result, failure: Failure) -> str:
    return f"{result.path}:{failure.place.line}:{failure.place.column}"


def _summarise(results: Sequence[Result]) -> None:
    bad = sum(not result.passed for result in results)
    took = sum(result.seconds for result in results)
    noun = "scenario" if len(results) == 1 else "scenarios"
    if bad:
        _out.print(Text(f"{bad} of {len(results)} {noun} failed, in {took:.1f} s", "bold red"))
    else:
        _out.print(Text(f"{len(results)} {noun} passed in {took:.1f} s", "green"))


def _shown(result: Result) -> dict[str, object]:
    shown = asdict(result)
    return {**shown, "passed": result.passed, "seconds": round(result.seconds, 3)}


def _write(path: Path, results: Sequence[Result]) -> None:
    cases = [
        Case(
            suite=result.path,
            name=result.name,
            seconds=result.seconds,
            failure="\n".join(
                f"{_where(result, failure)}: expected {failure.expected}, saw {failure.seen}"
                for failure in result.failures
            )
            or None,
        )
        for result in results
    ]
    try:
        write_junit(path, "outproof test", cases)
    except OSError as error:
        _err.print(f"cannot write {path}: {error.strerror}", style="red", markup=False)
        raise typer.Exit(NOT_RUN) from error


test = run_scenarios
"""The verb. A function of that name would look like a test to the tools that find those."""
