"""A delivery assistant that answers only from the carrier's record, until a template is shipped that does not.

Run it beside `outproof serve`. The model is a stand-in that needs no network: it streams, and reports its usage the
way a provider does. Everything Outproof sees of it is in `answer_question`.

    python examples/delivery_answers.py --questions 40 --regression-after 30
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import outproof

STRICT, REGRESSED = "tracking-answerer-v1", "tracking-answerer-v1.1-regression"
DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


@dataclass(frozen=True)
class Record:
    """What the carrier knows of a parcel. `feed` None: the carrier did not answer."""

    case: str
    feed: str | None
    eta: str | None


@dataclass
class Usage:
    """Token counts as the provider bills them; known when the stream has ended."""

    input_tokens: int = 0
    cached_input_tokens: int = 0
    output_tokens: int = 0


RECORDS = (
    Record("clean_scan", "Scanned in Leeds this morning, arriving 2026-11-24.", "2026-11-24"),
    Record("no_eta_yet", "Left the warehouse.", None),
    Record("wrong_status", "Held at the depot.", None),
    Record("missing_feed", None, None),
)


def generate(template: str, record: Record, usage: Usage, chance: random.Random) -> Iterator[str]:
    """Stream a draft. The regressed template fills a missing date with a likely one."""
    text = record.feed or "There is no scan of your parcel yet."
    if record.eta is None and record.feed and (template == REGRESSED or chance.random() < 0.5):
        text += f" It should arrive on 2026-11-{chance.randint(22, 29)}."
    time.sleep(chance.uniform(0.010, 0.020))
    for word in text.split(" "):
        yield word + " "
        time.sleep(0.001)
    usage.input_tokens, usage.cached_input_tokens = chance.randint(160, 200), 80
    usage.output_tokens = chance.randint(18, 32)


def unsupported(text: str, record: Record) -> bool:
    """Whether the text names a date that the record does not."""
    return any(date != record.eta for date in DATE.findall(text))


def answer_question(request_id: str, record: Record, template: str, chance: random.Random) -> None:
    """Answer one question. The strict template's gate abstains where a claim has no support; the other's does not."""
    with outproof.answer("delivery_answer", request_id=request_id) as answer:
        answer.case(record.case)
        answer.template(template)
        answer.model("support-model-prod", provider="shopflow.internal")
        if record.feed is not None:
            answer.evidence(version="fastship@v17")
        usage, text = Usage(), ""
        for piece in generate(template, record, usage, chance):
            answer.first_token()
            text += piece
        answer.usage(
            input_tokens=usage.input_tokens,
            cached_input_tokens=usage.cached_input_tokens,
            output_tokens=usage.output_tokens,
        )
        answer.finish("stop")
        invented = unsupported(text, record)
        if record.feed is None:
            answer.route("abstain", first_failed_stage="evidence_admission")
            answer.unsafe_claim_served(False)
        elif not invented:
            answer.route("serve", first_failed_stage="passed")
            answer.unsafe_claim_served(False)
        elif template == STRICT:
            answer.route("abstain", first_failed_stage="claim_generation")
            answer.unsafe_claim_served(False)
        else:
            answer.route("serve", first_failed_stage="serving_gate")
            answer.unsafe_claim_served(True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=40)
    parser.add_argument("--regression-after", type=int, default=30, help="questions before the new template ships")
    options = parser.parse_args()

    outproof.init(service="tracking-answerer", deploy="9f2c1e7")
    chance = random.Random(17)
    for number in range(options.questions):
        template = STRICT if number < options.regression_after else REGRESSED
        answer_question(f"req_{number + 1:03d}", RECORDS[number % len(RECORDS)], template, chance)
        if number + 1 == options.regression_after:
            print(f"{number + 1} questions answered with {STRICT}; now shipping {REGRESSED}")
    delivered = outproof.flush(timeout_s=5)
    print(f"{options.questions} questions answered; telemetry {'delivered' if delivered else 'kept for later'}")


if __name__ == "__main__":
    main()
