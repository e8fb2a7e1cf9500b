"""GET /metrics: a scraper's Accept header in; Prometheus text or OpenMetrics with exemplars out."""

from __future__ import annotations

import gzip
from typing import Any

from litestar import Request, Response, get
from prometheus_client import GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import CollectorRegistry

from outproof.server.given import Scraping
from outproof.server.scrape import Scraper

_CHARSET = "; charset=utf-8"
_GZIP_LEVEL = 1  # a scrape is read once, and text as repetitive as this packs well at any level


def registry_of(scraper: Scraper) -> CollectorRegistry:
    """What is scraped: our own families, and those of the process and the interpreter."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(scraper)
    for standard in (ProcessCollector, PlatformCollector, GCCollector):
        standard(registry=registry)
    return registry


@get("/metrics", sync_to_thread=True)
def metrics(request: Request[Any, Any, Any], scraping: Scraping) -> Response[bytes]:
    """Metrics of the traffic, of promises, policies, incidents and deliveries, and of the server itself.

    Prometheus text 0.0.4, or OpenMetrics where the scraper asks for it. Needs a key like everything that is read;
    a `metrics` key opens nothing else.
    """
    encode, media_type = choose_encoder(request.headers.get("accept", ""))
    body = encode(scraping)
    if media_type.startswith("text/"):
        media_type = media_type.replace(_CHARSET, "")  # the framework adds it to every text
    headers = {"vary": "accept, accept-encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        body = gzip.compress(body, compresslevel=_GZIP_LEVEL)
    return Response(body, media_type=media_type, headers=headers)


HANDLERS = [metrics]
