"""`outproof --help` names every verb, and no other."""

import pytest
import typer

from outproof.cli import app


@pytest.mark.parametrize("verb", ["silence", "cost", "watchdog", "close"])
def test_help_calls_a_verb_as_it_is_typed(verb: str) -> None:
    group = typer.main.get_command(app)
    command = group.get_command(typer.Context(group), verb)  # type: ignore[attr-defined]  # of a group
    assert command.name == verb
