"""The UI's files: read once from the built bundle, served from memory. No path of a request ever reaches the disk."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

_PACKAGED = Path(__file__).parent / "ui"
_CHECKOUT = Path(__file__).parents[3] / "web" / "dist"
_INDEX = "/index.html"
_NOT_BUILT = b"""<!doctype html><html lang="en"><title>Outproof</title><main><h1>The pages are not built</h1>
<p>The server works: its API is under <code>/v1</code>. <code>make setup</code> in the checkout builds the pages.</p>
</main></html>
"""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of the bundle. Names of assets carry a digest of their content, so they never change."""

    body: bytes
    media_type: str
    etag: str
    forever: bool


class Pages:
    """The bundle: what is there by its path; any other path gets the index, whose router knows the page."""

    def __init__(self, directory: Path | None = None) -> None:
        directory = directory or next((d for d in (_PACKAGED, _CHECKOUT) if (d / "index.html").is_file()), None)
        self._assets = {} if directory is None else _assets(directory)
        if _INDEX not in self._assets:
            self._assets[_INDEX] = _asset(Path("index.html"), _NOT_BUILT, forever=False)

    def page(self, path: str) -> Asset | None:
        """What a GET of this path answers; None for an asset that is not there."""
        found = self._assets.get(path)
        if found is None and not path.startswith("/assets/"):
            return self._assets[_INDEX]
        return found


def _assets(directory: Path) -> dict[str, Asset]:
    return {
        f"/{file.relative_to(directory).as_posix()}": _asset(file, file.read_bytes(), forever="assets" in file.parts)
        for file in directory.rglob("*")
        if file.is_file()
    }


def _asset(file: Path, body: bytes, *, forever: bool) -> Asset:
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    if media_type.startswith("text/") or media_type == "application/javascript":
        media_type += "; charset=utf-8"
    return Asset(body, media_type, f'"{hashlib.sha256(body).hexdigest()[:32]}"', forever)
