from pathlib import Path
from typing import Any

import pytest

from outproof.sdk.settings import Settings, settings_from


def the_settings(env: dict[str, str], **given: Any) -> Settings:
    none = dict.fromkeys(("service", "endpoint", "key", "project", "deploy", "environment", "spool_dir"))
    return settings_from(env, **{**none, **given})


def test_without_anything_it_is_this_machine() -> None:
    settings = the_settings({})
    assert (settings.tls, settings.host, settings.port, settings.base_path) == (False, "127.0.0.1", 4318, "")
    assert (settings.service, settings.project, settings.headers) == ("unknown_service", "default", ())


def test_arguments_win_over_our_variables_and_those_over_opentelemetrys() -> None:
    env = {
        "OUTPROOF_ENDPOINT": "https://outproof.example",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318",
        "OUTPROOF_API_KEY": "from-env",
        "OTEL_EXPORTER_OTLP_HEADERS": "Authorization=Bearer%20otel,x-team=delivery",
        "OTEL_SERVICE_NAME": "named-by-otel",
    }
    settings = the_settings(env)
    assert (settings.tls, settings.host, settings.port) == (True, "outproof.example", 443)
    assert dict(settings.headers) == {"authorization": "Bearer from-env", "x-team": "delivery"}
    assert settings.service == "named-by-otel"
    settings = the_settings(env, endpoint="http://here:9", key="given", service="given")
    assert (settings.host, settings.port, settings.service) == ("here", 9, "given")
    assert dict(settings.headers)["authorization"] == "Bearer given"


def test_opentelemetrys_variables_are_enough() -> None:
    settings = the_settings(
        {
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318/otlp/",
            "OTEL_EXPORTER_OTLP_HEADERS": "Authorization=Bearer%20abc",
        }
    )
    assert (settings.host, settings.base_path) == ("collector", "/otlp")
    assert dict(settings.headers) == {"authorization": "Bearer abc"}


@pytest.mark.parametrize("endpoint", ["localhost:4318", "ftp://x", "http://", "http://x:port", "http://x:99999"])
def test_an_endpoint_that_is_none_is_refused(endpoint: str) -> None:
    with pytest.raises(ValueError):
        the_settings({}, endpoint=endpoint)


def test_each_endpoint_and_project_has_a_spool_of_its_own(tmp_path: Path) -> None:
    def spool(**given: str) -> tuple[Path, ...]:
        return the_settings({}, spool_dir=tmp_path, **given).spools

    assert spool() == spool()
    assert len({spool(), spool(project="other"), spool(endpoint="http://elsewhere:1")}) == 3
    assert all(folder.parent == tmp_path for folder in spool())


def test_the_spool_is_in_the_users_state_folder_or_a_temporary_one() -> None:
    first, second = the_settings({"HOME": "/home/someone"}).spools
    assert first.parent == Path("/home/someone/.local/state/outproof/spool")
    assert second.name.startswith("outproof-spool-")
    assert the_settings({"XDG_STATE_HOME": "/state"}).spools[0].parent == Path("/state/outproof/spool")
    assert len(the_settings({}).spools) == 1
