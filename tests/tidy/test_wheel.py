"""The wheel that users install: it carries the UI, and its SDK runs with nothing but the base dependencies."""

import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import google.protobuf
import pytest

from tests.tidy.source import ROOT

PACKAGES = Path(google.protobuf.__file__).parents[2]


def build(kind: str, folder: Path) -> Path:
    """The wheel or sdist of this tree. The UI is built first where it is older than its sources."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    [built] = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel and, of all packages, only protobuf."""
    home = tmp_path_factory.mktemp("clean")
    venv.create(home, with_pip=False, symlinks=True)
    [packages] = home.glob("lib/python*/site-packages")
    (packages / "google").symlink_to(PACKAGES / "google")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    return home / "bin" / "python"


def test_the_wheel_carries_the_ui_the_types_and_the_licence(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "outproof/server/ui/index.html" in names
    assert any(name.startswith("outproof/server/ui/assets/") and name.endswith(".js") for name in names)
    assert "outproof/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert wheel.name.endswith("-py3-none-any.whl")


def test_the_wheel_carries_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"outproof"}
    assert [name for name in names if "node_modules" in name or "__pycache__" in name] == []


def test_a_wheel_can_be_built_from_the_sdist(tmp_path: Path) -> None:
    with tarfile.open(build("sdist", tmp_path)) as archive:
        names = archive.getnames()
    inside = {name.partition("/")[2] for name in names}
    assert {"pyproject.toml", "hatch_build.py", "web/package.json", "web/package-lock.json", "web/index.html"} <= inside
    assert [name for name in inside if name.startswith(("web/node_modules", "web/dist", "tests", "."))] in (
        [],
        [".gitignore"],
    )


def test_the_sdk_imports_with_nothing_but_the_base_dependencies(installed: Path, tmp_path: Path) -> None:
    code = "import outproof, pathlib, sys; print(pathlib.Path(outproof.__file__).is_relative_to(sys.prefix))"
    done = subprocess.run([installed, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "True", done.stderr
