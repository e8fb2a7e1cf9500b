"""The page that lists the metrics lists those that there are."""

import re
from pathlib import Path

from outproof.core.attributes import ServerMetric
from outproof.engine.metering import BUCKETS_S

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "reference" / "metrics.md").read_text()


def test_every_metric_is_listed_with_its_meaning() -> None:
    listed = re.findall(r"^\| `(outproof_\w+)` \| (?:counter|gauge|histogram) \| .* \| (.*) \|$", PAGE, re.MULTILINE)
    assert listed == [(metric.value, metric.doc) for metric in ServerMetric]


def test_every_bucket_is_listed() -> None:
    for metric, ends in BUCKETS_S.items():
        assert f"| `{metric}` | {', '.join(f'{end:g}' for end in ends)} |" in PAGE
