"""What one monitored call costs the application: our SDK beside the bare OpenTelemetry SDK, in one run, both exporting.

Each measurement is a fresh process with a live receiver in another one. The same decision with the same facts is
recorded by both. `hot` calls follow each other at once; `paced` calls come a thousand a second, as a busy server's do.
`measured` counts every answer in Prometheus metrics as well; `joined` looks for a span of OpenTelemetry around each.

    python -m benchmarks.micro.sdk_call [--runs 5] [--json FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import outproof
from outproof.sdk.metrics import Metrics

ROOT = Path(__file__).resolve().parents[2]
SDKS = ("nothing", "outproof", "measured", "joined", "opentelemetry")
BESIDE_OPENTELEMETRY = frozenset({"joined", "opentelemetry"})  # what runs in a process that has imported it
WARM_UP_CALLS = 500
HOT_CALLS = 10_000
PACED_CALLS = 3_000
PACE_S = 0.001
IMPORTS = {
    "nothing": "",
    "outproof": "import outproof",
    "measured": "import outproof.sdk.metrics",
    "joined": "import outproof",
    "opentelemetry": "import opentelemetry.sdk.trace.export, opentelemetry.exporter.otlp.proto.http.trace_exporter",
}


def outproof_call() -> None:
    with outproof.answer("answer", request_id="req_206") as a:
        a.evidence(version="fastship@v17")
        a.template("tracking-answerer-v1")
        a.case("invented_eta")
        a.model("support-model-prod", provider="shopflow.internal")
        a.first_token()
        a.usage(input_tokens=201, cached_input_tokens=80, output_tokens=30)
        a.route("serve", first_failed_stage="passed")
        a.unsafe_claim_served(False)
        a.finish("stop")


def nothing_call() -> None:
    return


def _percentile_us(durations_ns: list[int], share: float) -> float:
    """Nearest rank."""
    ordered = sorted(durations_ns)
    return ordered[max(1, -(-len(ordered) * int(share * 100) // 100)) - 1] / 1_000


def _timed(call: Callable[[], None], calls: int, pace_s: float) -> list[int]:
    durations_ns = []
    clock = time.perf_counter_ns
    for _ in range(calls):
        if pace_s:
            time.sleep(pace_s)
        began = clock()
        call()
        durations_ns.append(clock() - began)
    return durations_ns


def begin_outproof(endpoint: str) -> None:
    outproof.init(service="bench", endpoint=endpoint, spool_dir=tempfile.mkdtemp())


def measure(call: Callable[[], None]) -> dict[str, float]:
    """One measurement, in this process: microseconds on the calling thread, and of processor time per paced call."""
    _timed(call, WARM_UP_CALLS, 0.0)
    hot_ns = _timed(call, HOT_CALLS, 0.0)
    time.sleep(1.0)
    cpu_ns = time.process_time_ns()
    paced_ns = _timed(call, PACED_CALLS, PACE_S)
    cpu_ns = time.process_time_ns() - cpu_ns
    return {
        "hot_us_p50": _percentile_us(hot_ns, 0.50),
        "hot_us_p99": _percentile_us(hot_ns, 0.99),
        "paced_us_p50": _percentile_us(paced_ns, 0.50),
        "paced_us_p99": _percentile_us(paced_ns, 0.99),
        "paced_cpu_us": cpu_ns / PACED_CALLS / 1_000,
    }


def import_ms(sdk: str, env: dict[str, str]) -> float:
    """Milliseconds of a first import in a fresh interpreter."""
    code = f"import time; t = time.perf_counter(); {IMPORTS[sdk] or 'pass'}; print((time.perf_counter() - t) * 1e3)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=env)
    return float(done.stdout)


def receive() -> None:
    """A receiver that answers 200 to everything, as cheaply as it can; prints its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(
                    int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
                )
                await reader.readexactly(length)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def main() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    asyncio.run(main())


def _child(*arguments: str, module: str = "sdk_call") -> list[str]:
    return [sys.executable, "-m", f"benchmarks.micro.{module}", *arguments]


def compare(runs: int) -> dict[str, dict[str, list[float]]]:
    """Interleaved runs: sdk → figure → [min, median, max]."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])}
    receiver = subprocess.Popen(_child("--receive"), stdout=subprocess.PIPE, text=True, env=env, cwd=ROOT)
    try:
        assert receiver.stdout is not None
        endpoint = f"http://127.0.0.1:{receiver.stdout.readline().strip()}"
        figures: dict[str, list[dict[str, float]]] = {sdk: [] for sdk in SDKS}
        for _ in range(runs):
            for sdk in SDKS:
                module = "sdk_call_beside_otel" if sdk in BESIDE_OPENTELEMETRY else "sdk_call"
                command = _child("--measure", sdk, "--endpoint", endpoint, module=module)
                done = subprocess.run(command, check=True, capture_output=True, text=True, env=env, cwd=ROOT)
                figures[sdk].append({**json.loads(done.stdout), "import_ms": import_ms(sdk, env)})
    finally:
        receiver.terminate()
        receiver.wait()
    return {
        sdk: {
            name: [round(pick([run[name] for run in measured]), 2) for pick in (min, median, max)]
            for name in measured[0]
        }
        for sdk, measured in figures.items()
    }


def table(result: dict[str, dict[str, list[float]]]) -> str:
    """Median (min–max), one row per SDK."""
    names = list(result["outproof"])
    rows = [["", *names]]
    for sdk, figures in result.items():
        rows.append(
            [sdk, *(f"{mid:.1f} ({low:.1f}–{high:.1f})" for low, mid, high in (figures[name] for name in names))]
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--measure", choices=SDKS, help=argparse.SUPPRESS)
    parser.add_argument("--endpoint", help=argparse.SUPPRESS)
    parser.add_argument("--receive", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.receive:
        receive()
    elif asked.measure:
        if asked.measure != "nothing":
            begin_outproof(asked.endpoint)
        if asked.measure == "measured":
            Metrics("bench", endpoints=["answer"])
        print(json.dumps(measure(nothing_call if asked.measure == "nothing" else outproof_call)))
    else:
        result = compare(asked.runs)
        print(json.dumps(result))
        print(table(result))
        if asked.json:
            asked.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
