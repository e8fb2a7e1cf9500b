"""An evaluation off the wire in, feedback that may be stored out."""

from __future__ import annotations

from outproof.contract.feedback import Feedback, Thumbs
from outproof.core.ids import ProjectId, digest_id
from outproof.scrub.text import preview
from outproof.wire.evaluations import ANSWER_ID_CHARS_MAX, Evaluated

COMMENT_CHARS_MAX = 500
_UP = frozenset({"up", "thumbs_up", "thumbs up", "thumbsup", "like", "liked", "👍"})
_DOWN = frozenset({"down", "thumbs_down", "thumbs down", "thumbsdown", "dislike", "disliked", "👎"})


def feedback_of(said: Evaluated, project: ProjectId) -> Feedback:
    """The evaluation as a word on its answer.

    A thumb is only what is called one: that a scorer passed an answer does not mean that anybody liked it.
    """
    label = (said.label or "").strip().lower().replace("-", "_")
    score = "" if said.score is None else f"{said.score:g}"
    verdict = " ".join(part for part in (score, said.label or "") if part)
    comment = f"{said.name}: {verdict}" + (f". {said.explanation}" if said.explanation else "")
    return Feedback(
        id=digest_id("evaluation", project, *said.key),
        answer_id=preview(said.answer_id, chars_max=ANSWER_ID_CHARS_MAX),
        at=said.at,
        thumbs=Thumbs.UP if label in _UP else Thumbs.DOWN if label in _DOWN else None,
        escalated=None,
        comment=preview(comment, chars_max=COMMENT_CHARS_MAX),
    )
