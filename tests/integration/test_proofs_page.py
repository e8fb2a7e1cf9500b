"""docs/reference/proofs.md: what it shows can be declared, and nothing that can be declared is left out."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from outproof.config.declared import Declared
from outproof.config.loading import read
from outproof.config.reading import written_name
from outproof.contract.promise import Requirement
from outproof.contract.surface import FileSurface, Freshness, HttpSurface, SqlSurface

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "proofs.md"
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def loaded(block: str, folder: Path) -> Declared:
    file = folder / "outproof.yaml"
    file.write_text(block)
    return read([file], {}, lenient=True).declared


@pytest.mark.parametrize("block", BLOCKS, ids=[f"block-{number}" for number in range(len(BLOCKS))])
def test_every_example_can_be_declared(block: str, tmp_path: Path) -> None:
    assert loaded(block, tmp_path).promises


def test_every_kind_of_proof_is_shown(tmp_path: Path) -> None:
    promises = [promise for block in BLOCKS for promise in loaded(block, tmp_path).promises]
    required = [requirement for promise in promises for requirement in promise.proofs.values()]
    surfaces = [requirement.surface for requirement in required if requirement.surface]
    assert {type(surface) for surface in surfaces} == {HttpSurface, SqlSurface, FileSurface}
    assert {requirement.observer.value for requirement in required} == {"job", "independent", "probe"}
    assert any(requirement.receipt for requirement in required)
    assert any(requirement.counts for requirement in required)
    assert any(promise.heartbeat for promise in promises)
    assert any(promise.freshness for promise in promises)


@pytest.mark.parametrize("kind", [Requirement, HttpSurface, SqlSurface, FileSurface, Freshness])
def test_every_key_is_on_the_page(kind: type) -> None:
    text = PAGE.read_text()
    missing = [written_name(field.name) for field in fields(kind) if written_name(field.name) not in text]
    assert missing == []
