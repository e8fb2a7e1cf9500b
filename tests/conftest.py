"""What every test may rely on: where real cases lie, seeded properties, and skips that are seen."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]
IN_CI = os.environ.get("CI") == "true"

# In CI a property draws the same examples every time: a test that sometimes fails is a bug of the test. The deadline
# and the watch over slow draws are off because a busy machine is not a finding.
settings.register_profile(
    "outproof",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=IN_CI,
    print_blob=True,
)
settings.load_profile("outproof")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def realcases() -> Path:
    """The folder of recorded real traffic, which lies beside the checkout and is not part of it."""
    folder = ROOT.parent / "shared" / "realcases"
    if not folder.is_dir():
        pytest.skip("needs ../shared/realcases beside the checkout")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the system's Chromium, for Playwright's `executable_path`."""
    path = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if path is None:
        pytest.skip("needs chromium")
    return path


class Skips:
    """Names every skipped test; in CI, where every tool is there, a missing one fails the run."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self.seen.append((report.nodeid, _reason(report.longrepr)))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.seen.append((report.nodeid, _reason(report.longrepr)))

    @property
    def forbidden(self) -> bool:
        return IN_CI and any(reason.startswith("needs ") for _, reason in self.seen)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.forbidden and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.seen:
            return
        terminalreporter.section("skipped tests")
        for test, reason in self.seen:
            terminalreporter.write_line(f"{test}: {reason}")
        if self.forbidden:
            terminalreporter.write_line(
                "expected every tool in CI, so a test that needs a missing one fails the run", red=True
            )


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Skips(), "skips")


def _reason(longrepr: object) -> str:
    """The reason given to skip(), from pytest's (path, line, "Skipped: reason")."""
    text = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
    return str(text).removeprefix("Skipped: ")
