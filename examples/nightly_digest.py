"""A nightly batch that finishes every model call and exits 0, but forgets to save what it made.

Its queue is empty, its process is green, and no customer sees a digest. Run it again with `--persist` and the same
batch id: the page appears, Outproof's own probe sees it, and the incident closes by itself.

    python examples/nightly_digest.py --batch digest-2026-11-21 --surface DIR [--persist]
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import outproof

CUSTOMERS = [f"customer-{number}" for number in range(1, 41)]
WITHOUT_HEADLINE = ("customer-20", "customer-40")


def generate(customer: str) -> dict[str, object]:
    """One digest, as the model wrote it; two come back without a headline."""
    time.sleep(0.005)
    headline = "" if customer in WITHOUT_HEADLINE else "Your week at a glance"
    return {"customer": customer, "headline": headline, "orders": 3}


def valid(digest: dict[str, object]) -> bool:
    """Whether a digest may be shown."""
    return bool(digest["headline"])


def publish(surface: Path, batch: str, digests: list[dict[str, object]]) -> None:
    """Put the digests where readers look, all at once."""
    page = surface / "digests" / f"{batch}.json"
    page.parent.mkdir(parents=True, exist_ok=True)
    draft = page.with_suffix(".draft")
    draft.write_text(json.dumps({"batch_id": batch, "count": len(digests), "digests": digests}))
    draft.replace(page)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", required=True)
    parser.add_argument("--surface", type=Path, required=True, help="directory that the readers' web server serves")
    parser.add_argument("--persist", action="store_true", help="save the output, as the job should")
    options = parser.parse_args()

    outproof.init(service="nightly-digests", deploy="9f2c1e7")
    evidence = {"batch_id": options.batch, "model": "digest-model-2", "prompt_version": "digest-v8"}
    with outproof.run("nightly-digests", external_id=options.batch, evidence=evidence) as run:
        good = []
        for customer, item in run.items(CUSTOMERS, progress=True):
            with item:
                digest = generate(customer)
                if valid(digest):
                    item.validated()
                    good.append(digest)
                else:
                    item.invalid()  # known by its id, so that nobody has to search for it
        run.generated(input=len(CUSTOMERS))
        run.validated(input=len(CUSTOMERS), valid=len(good), invalid=len(CUSTOMERS) - len(good))
        if options.persist:
            publish(options.surface, options.batch, good)
            run.persisted(output_id=options.batch)
    outproof.flush(timeout_s=5)
    print(f"{len(CUSTOMERS)} digests generated, {len(good)} valid; queue empty, exit 0")


if __name__ == "__main__":
    main()
