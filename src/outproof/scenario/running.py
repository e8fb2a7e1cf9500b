"""Runs scenarios: a file that was read in; for each scenario what was not as it must be, with its place, out."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from outproof.config.declared import Declared
from outproof.config.loading import read
from outproof.core.time import after, instant_from_rfc3339
from outproof.scenario.expecting import Unmet, unmet
from outproof.scenario.happening import Happening, Impossible
from outproof.scenario.inline import inline_promise
from outproof.scenario.parser import ScenarioErrors, parsed
from outproof.scenario.statement import (
    AlertIs,
    DrillIs,
    IncidentCount,
    IncidentIs,
    InlinePromise,
    Limit,
    NoIncident,
    Place,
    RunIs,
    Scenario,
    ScenarioFile,
    ScheduledDrills,
    Start,
    Step,
    Told,
    Use,
)
from outproof.scenario.statement import Declared as Line
from outproof.scenario.words import ScenarioError
from outproof.scenario.world import Setting, World, a_world
from outproof.store.state.database import open_engine

SUFFIX = ".scenario"
START = instant_from_rfc3339("2026-01-05T00:00:00Z")
"""A Monday at midnight, where a scenario does not say otherwise."""

_MEMORY = Path("/dev/shm")  # noqa: S108  # a disk in memory, where there is one: nothing of a scenario is kept
_EXPECTED = RunIs | IncidentIs | NoIncident | IncidentCount | Told | DrillIs | AlertIs


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One line of a scenario that did not come true."""

    place: Place
    said: str
    expected: str
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A scenario that was run. It passed when nothing failed."""

    path: str
    name: str
    seconds: float
    failures: tuple[Failure, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.failures


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A scenario with all that it needs: ready to run."""

    path: str
    scenario: Scenario
    setting: Setting
    limits: tuple[Limit, ...]
    lines: Sequence[str]


def stories(path: Path, common: Sequence[Path] = ()) -> list[Story]:
    """The scenarios of a file, on top of what `common` files declare for all of them.

    Raises:
        ScenarioErrors: the file cannot be meant, or declares what is there already.
        ConfigErrors: a file that it uses, or a common one, cannot be meant.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ScenarioErrors([ScenarioError(str(path), 1, 1, f"cannot be read: {why}")]) from error
    file = parsed(text, str(path), path.stem)
    return [_story(path, file, scenario, common, text.split("\n")) for scenario in file.scenarios]


def _story(path: Path, file: ScenarioFile, scenario: Scenario, common: Sequence[Path], lines: Sequence[str]) -> Story:
    made = [*file.declarations, *scenario.declarations]
    used = [path.parent / line.what.path for line in made if isinstance(line.what, Use)]
    distinct = {each.resolve(): each for each in (*common, *used)}
    whole = read(list(distinct.values()), lenient=True).declared if distinct else Declared()
    promises = dict(whole.promises_by_name)
    for line in made:
        if isinstance(line.what, InlinePromise):
            if line.what.name in promises:
                raise _mistake(path, line, f"promise {line.what.name} is declared already")
            promises[line.what.name] = inline_promise(line.what)
    starts = [line.what.at for line in made if isinstance(line.what, Start)]
    return Story(
        path=str(path),
        scenario=scenario,
        setting=Setting(
            declared=whole,
            promises=promises,
            start=starts[-1] if starts else START,
            scheduled_drills=any(isinstance(line.what, ScheduledDrills) for line in made),
        ),
        limits=tuple(line.what for line in made if isinstance(line.what, Limit)),
        lines=lines,
    )


def _mistake(path: Path, line: Line, message: str) -> ScenarioErrors:
    return ScenarioErrors([ScenarioError(str(path), line.place.line, line.place.column, message)])


class Runner:
    """Runs one story after the other, each in a world of its own. Use it as a context."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="outproof-", dir=_MEMORY if _MEMORY.is_dir() else None)
        self._root = Path(self._folder.name)
        self._empty = self._root / "empty.db"
        open_engine(f"sqlite:///{self._empty}").dispose()  # made once; every world begins with a copy
        self._count = 0

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def run(self, story: Story) -> Result:
        """Run a story to its end, or to the first thing in it that cannot happen."""
        began_s = time.monotonic()
        self._count += 1
        folder = self._root / str(self._count)
        folder.mkdir()
        shutil.copy(self._empty, folder / "state.db")
        with a_world(folder, story.setting) as world:
            failures = _failures(story, world)
        shutil.rmtree(folder)
        return Result(
            path=story.path, name=story.scenario.name, seconds=time.monotonic() - began_s, failures=tuple(failures)
        )


def _failures(story: Story, world: World) -> list[Failure]:
    happening, failures = Happening(world), []
    world.settle()
    for step in story.scenario.steps:
        world.advance(after(story.setting.start, step.at_ms / 1_000))
        try:
            wrong = _taken(step, story, world, happening)
        except Impossible as error:
            failures.append(_failure(story, step, Unmet("that this can happen", str(error))))
            return failures
        if wrong is not None:
            failures.append(_failure(story, step, wrong))
    return failures


def _taken(step: Step, story: Story, world: World, happening: Happening) -> Unmet | None:
    """Take one step: make happen what happens, ask what must be so."""
    if isinstance(step.what, _EXPECTED):
        return unmet(step.what, world, happening, story.limits)
    happening.happen(step.what)
    world.settle()
    return None


def _failure(story: Story, step: Step, wrong: Unmet) -> Failure:
    said = story.lines[step.place.line - 1].strip()
    return Failure(place=step.place, said=said, expected=wrong.expected, seen=wrong.seen)
