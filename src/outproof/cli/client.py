"""The command line's way to a server: a path in, decoded JSON out, or one sentence on what to do and exit code 1."""

from __future__ import annotations

from typing import Annotated, Any, NoReturn

import httpx
import typer
from rich.console import Console

ENDPOINT = "http://127.0.0.1:4318"
TIMEOUT_S = 30.0

_err = Console(stderr=True, highlight=False, soft_wrap=True)

Endpoint = Annotated[str, typer.Option("--endpoint", envvar="OUTPROOF_ENDPOINT", help="URL of the server.")]
Key = Annotated[str | None, typer.Option("--key", envvar="OUTPROOF_API_KEY", help="API key, where one is needed.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print what the API answers, for programs.")]


def fetched(endpoint: str, key: str | None, path: str, query: dict[str, str | int] | None = None) -> Any:
    """What the server answers to GET `path`. Ends the program with a sentence when it cannot be had."""
    return _asked("GET", endpoint, key, path, query=query)


def posted(endpoint: str, key: str | None, path: str, body: object, *, if_unknown: str = "") -> Any:
    """What the server answers to POST `path` with a JSON body. Ends the program with a sentence when it refuses.

    `if_unknown` is added to what it says where it knows no such thing.
    """
    return _asked("POST", endpoint, key, path, body=body, if_unknown=if_unknown)


def downloaded(endpoint: str, key: str | None, path: str) -> bytes:
    """The very bytes that the server answers to GET `path`. Ends the program if it cannot."""
    return _answer("GET", endpoint, key, path).content


def _asked(
    method: str,
    endpoint: str,
    key: str | None,
    path: str,
    *,
    query: dict[str, str | int] | None = None,
    body: object = None,
    if_unknown: str = "",
) -> Any:
    response = _answer(method, endpoint, key, path, query=query, body=body, if_unknown=if_unknown)
    try:
        return response.json()
    except ValueError:
        refuse(f"what answers at {endpoint} is not an Outproof server: correct --endpoint or OUTPROOF_ENDPOINT")


def _answer(
    method: str,
    endpoint: str,
    key: str | None,
    path: str,
    *,
    query: dict[str, str | int] | None = None,
    body: object = None,
    if_unknown: str = "",
) -> httpx.Response:
    url = endpoint.rstrip("/") + path
    headers = {"authorization": f"Bearer {key}"} if key else {}
    try:
        response = httpx.request(method, url, params=query, json=body, headers=headers, timeout=TIMEOUT_S)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        refuse(f"expected a URL such as {ENDPOINT}, got {endpoint!r}: correct --endpoint or OUTPROOF_ENDPOINT")
    except httpx.TimeoutException:
        refuse(f"the server at {endpoint} did not answer within {TIMEOUT_S:g} s: see its log, or {endpoint}/readyz")
    except httpx.HTTPError:
        refuse(f"no server at {endpoint}: start one with `outproof serve`, or pass --endpoint")
    if response.status_code == 401:
        refuse(f"the server at {endpoint} wants an API key: pass --key, or set OUTPROOF_API_KEY")
    if response.status_code >= 400:
        said = _message(response) or f"the server at {endpoint} answered {response.status_code} to {path}"
        refuse(said + if_unknown if response.status_code == 404 else said)
    return response


def refuse(message: str) -> NoReturn:
    """Say why not, on stderr, and end with exit code 1."""
    _err.print(message, style="red", markup=False)
    raise typer.Exit(1)


def _message(response: httpx.Response) -> str | None:
    try:
        body = response.json()
    except ValueError:
        return None
    if not isinstance(body, dict) or not isinstance(body.get("message"), str):
        return None
    details = body.get("details")
    return "\n".join([body["message"], *(f"  {each}" for each in details if each)] if details else [body["message"]])
