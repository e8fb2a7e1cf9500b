"""Feedback of users, each word once."""

from __future__ import annotations

from sqlalchemy import Connection

from outproof.contract.feedback import Feedback
from outproof.core.ids import ProjectId
from outproof.store.state.insertion import insert_new
from outproof.store.state.tables import feedback as table


class SqlFeedback:
    """Feedback of one project."""

    def __init__(self, connection: Connection, project: ProjectId) -> None:
        self._connection = connection
        self._project = project

    def add(self, feedback: Feedback) -> bool:
        """Keep it. False: this id is there already, and nothing was changed."""
        row = {
            "project_id": self._project,
            "id": feedback.id,
            "answer_id": feedback.answer_id,
            "at": feedback.at,
            "thumbs": feedback.thumbs,
            "escalated": feedback.escalated,
            "comment": feedback.comment,
        }
        return insert_new(self._connection, table, [row]) == 1
