"""An answer while it is made: facts of the decision contract in, one buffer entry out when it ends."""

from __future__ import annotations

from typing import Never

from outproof.core.attributes import Decision, GenAi
from outproof.sdk.buffer import Buffer
from outproof.sdk.call import Call, begin, misspelt
from outproof.sdk.context import Here, answer_here

# Plain strings, as in `call`.
_REQUEST = Decision.REQUEST_ID.value
_CASE = Decision.CASE_ID.value
_SEGMENT = Decision.SEGMENT.value
_EVIDENCE = Decision.EVIDENCE_VERSION.value
_TEMPLATE = Decision.TEMPLATE_ID.value
_ROUTE = Decision.ROUTE.value
_STAGE = Decision.FIRST_FAILED_STAGE.value
_UNSAFE = Decision.UNSAFE_CLAIM_SERVED.value
_CONVERSATION = GenAi.CONVERSATION.value


class Answer(Call):
    """One served answer. It starts when it is made and ends when its `with` block does, or by `end()`.

    Code inside the block, or inside a function that `monitor` decorates, finds it by `outproof.current_answer()`.
    An exception in the block passes through; of it, only the type is recorded.
    """

    __slots__ = ()

    def __init__(self, buffer: Buffer, name: object, request_id: object = None, segment: object = None) -> None:
        begin(self, buffer, name, None)  # without a detour, on the hot path
        if request_id is not None:
            self._facts[_REQUEST] = request_id
        if segment is not None:
            self._facts[_SEGMENT] = segment

    @property
    def request_id(self) -> object:
        """The application's own id of the request as it was given; None: none was, or the answer has ended."""
        return self._facts.get(_REQUEST)

    def request(self, request_id: str | None = None, *more: Never, **other: Never) -> None:
        """Name the application's own id of the request; never a customer's."""
        if request_id is not None:
            self._facts[_REQUEST] = request_id
        if more or other:
            misspelt()

    def conversation(self, conversation_id: str | None = None, *more: Never, **other: Never) -> None:
        """Name the conversation or thread that the request belongs to, by the application's own id."""
        if conversation_id is not None:
            self._facts[_CONVERSATION] = conversation_id
        if more or other:
            misspelt()

    def case(self, case_id: str | None = None, *more: Never, **other: Never) -> None:
        """Name the kind of question."""
        if case_id is not None:
            self._facts[_CASE] = case_id
        if more or other:
            misspelt()

    def segment(self, segment: str | None = None, *more: Never, **other: Never) -> None:
        """Name the group of traffic."""
        if segment is not None:
            self._facts[_SEGMENT] = segment
        if more or other:
            misspelt()

    def evidence(self, version: str | None = None, *more: Never, **other: Never) -> None:
        """Name the version of the record the answer may draw on."""
        if version is not None:
            self._facts[_EVIDENCE] = version
        if more or other:
            misspelt()

    def template(self, template_id: str | None = None, *more: Never, **other: Never) -> None:
        """Name the prompt template."""
        if template_id is not None:
            self._facts[_TEMPLATE] = template_id
        if more or other:
            misspelt()

    def route(
        self, route: str | None = None, first_failed_stage: str | None = None, *more: Never, **other: Never
    ) -> None:
        """State what the gate did (serve, shorten, abstain) and the first stage that failed (`passed`: none did)."""
        if route is not None:
            self._facts[_ROUTE] = route
        if first_failed_stage is not None:
            self._facts[_STAGE] = first_failed_stage
        if more or other:
            misspelt()

    def unsafe_claim_served(self, served: bool | None = None, *more: Never, **other: Never) -> None:
        """State whether a claim that no record supports reached the reader. Unsaid means unverified, never safe."""
        if served is not None:
            self._facts[_UNSAFE] = served
        if more or other:
            misspelt()

    def _here(self) -> Here:
        return (self._trace, self._span, self)


def current() -> Answer:
    """The answer that the calling code is in; outside of any one that reaches nobody."""
    here = answer_here()
    return here if isinstance(here, Answer) else Answer.nowhere("no_answer")
