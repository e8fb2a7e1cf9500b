"""`outproof explain-span` as it is called, on files as clients sent them."""

import gzip
import json
from pathlib import Path

from tests import forked
from tests.unit.wire.spans import a_request, a_span

CHAT = {"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 7, "gen_ai.input.messages": "where is my parcel"}


def explain(*arguments: str | Path, stdin: bytes | None = None) -> tuple[int, str]:
    """Its exit code and everything it printed."""
    done = forked.run("explain-span", *arguments, said=stdin or b"")
    return done.returncode, done.stdout + done.stderr


def test_a_json_file_is_explained_to_people_without_its_contents(tmp_path: Path) -> None:
    file = tmp_path / "trace.json"
    file.write_bytes(a_request(a_span(CHAT)))
    code, said = explain(file)
    assert code == 0
    assert "input_tokens" in said
    assert "← gen_ai.usage.input_tokens" in said
    assert "gen_ai.input.messages  content: never kept" in said
    assert "counts as a call" in said
    assert "parcel" not in said


def test_a_packed_body_on_stdin_is_explained_to_programs() -> None:
    code, said = explain("-", "--json", stdin=gzip.compress(a_request(a_span(CHAT))))
    assert code == 0
    (span,) = json.loads(said)["spans"]
    assert {"name": "input_tokens", "value": 7, "source": "gen_ai.usage.input_tokens"} in span["facts"]


def test_the_namespace_of_the_application_is_read_from_its_configuration(tmp_path: Path) -> None:
    file, config = tmp_path / "trace.json", tmp_path / "outproof.yaml"
    file.write_bytes(a_request(a_span({"shop.route": "serve"})))
    config.write_text("decision: {namespaces: [shop]}\n")
    assert "counts as an answer" in explain(file, "--config", config)[1]
    assert "counts as an answer" in explain(file, "--namespace", "shop")[1]
    assert "counts as nothing" in explain(file)[1]


def test_recorded_protobuf_is_explained(realcases: Path) -> None:
    code, said = explain(realcases / "wire" / "traceloop_ollama.pb")
    assert code == 0
    assert "6 spans" in said
    assert "read as openllmetry" in said


def test_what_is_no_trace_request_is_refused_with_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"\xff\xff")
    code, said = explain(file)
    assert code == 2
    assert said.startswith("expected an ExportTraceServiceRequest")
    assert explain(tmp_path / "gone")[0] == 2
    assert explain()[0] == 2
