from pathlib import Path

import pytest

from outproof.config.declared import Declared
from outproof.config.loading import load
from outproof.config.yaml_lines import ConfigErrors

UUID = "31365bce-8da9-4729-8ff3-aaa71d56b712"


def loaded(tmp_path: Path, *pings: str) -> Declared:
    file = tmp_path / "outproof.yaml"
    promises = [
        f"  - {{name: p.{n}, outcome: It ran, owner: ops, due: 1h, proofs: {{generated: {{}}}}, ping: {ping}}}\n"
        for n, ping in enumerate(pings)
    ]
    file.write_text("promises:\n" + "".join(promises))
    return load(file)


def test_a_promise_is_found_by_its_address_and_by_its_name_in_one(tmp_path: Path) -> None:
    declared = loaded(tmp_path, UUID.upper())
    [promise] = declared.promises
    assert promise.ping == UUID
    assert declared.promises_by_ping == {UUID: promise}
    assert declared.promises_by_slug == {"p-0": (promise,)}


def test_two_promises_with_one_address_are_a_mistake_at_the_second(tmp_path: Path) -> None:
    with pytest.raises(ConfigErrors) as refused:
        loaded(tmp_path, UUID, UUID.upper())
    [error] = refused.value.errors
    assert (error.line, error.message) == (3, f"expected each ping once, got '{UUID}' again (first in line 2)")


@pytest.mark.parametrize("ping", ["nightly", UUID.replace("-", ""), f"urn:uuid:{UUID}", UUID[:-1]])
def test_an_address_is_a_uuid(tmp_path: Path, ping: str) -> None:
    with pytest.raises(ConfigErrors) as refused:
        loaded(tmp_path, ping)
    [error] = refused.value.errors
    assert error.line == 2
    assert "expected a UUID" in error.message
