"""What model clients hand out in, facts of the model call out: OpenAI's shapes (LiteLLM's too), Anthropic's, Ollama's.

Only objects of these clients, and dicts of the same shape, are looked at; no property of the application's own is ever
touched. Of texts nothing is kept but whether there is one.
"""

from __future__ import annotations

from typing import Any

from outproof.core.attributes import GenAi

CLIENTS = frozenset({"openai", "anthropic", "litellm", "ollama"})
"""Packages whose objects are read."""

TYPES_KNOWN_MAX = 512

_OPERATION, _PROVIDER = GenAi.OPERATION.value, GenAi.PROVIDER.value
_MODEL, _ID, _TIER = GenAi.RESPONSE_MODEL.value, GenAi.RESPONSE_ID.value, GenAi.SERVICE_TIER.value
_FINISH = GenAi.FINISH_REASONS.value
_INPUT, _CACHED, _WRITTEN = GenAi.INPUT_TOKENS.value, GenAi.CACHED_INPUT_TOKENS.value, GenAi.CACHE_WRITE_TOKENS.value
_OUTPUT, _REASONING = GenAi.OUTPUT_TOKENS.value, GenAi.REASONING_TOKENS.value

_RESPONSES_TEXT = frozenset({"response.output_text.delta", "response.refusal.delta"})
_RESPONSES_ENDS = frozenset({"response.completed", "response.incomplete", "response.failed"})
_ANTHROPIC = frozenset({"message", "message_start", "message_delta", "content_block_delta"})

_root_of: dict[type, str] = {}


class Reading:
    """What was read of one response so far. `facts` by attribute; None of them is known twice."""

    __slots__ = ("_anthropic", "_done", "facts")

    def __init__(self) -> None:
        self.facts: dict[str, object] = {}
        self._done = False
        self._anthropic: dict[str, int] = {}

    @property
    def of_model(self) -> bool:
        """Whether it is a model's; those say at their end how they ended."""
        return _MODEL in self.facts

    @property
    def complete(self) -> bool:
        """Whether the provider said that this was all."""
        return self._done or _FINISH in self.facts

    def look(self, thing: Any) -> bool:
        """Read a response or a chunk of one; whether it holds text that a reader would see."""
        kind = type(thing)
        if kind is str or kind is bytes:
            return bool(thing)
        root = "" if kind is dict else root_of(kind)
        if root not in CLIENTS and kind is not dict:
            return False
        choices, what = _get(thing, "choices"), _get(thing, "type")
        if isinstance(choices, list) and (root or _text(thing, "object").startswith(("chat.completion", "text_comp"))):
            return self._chat(thing, choices, root)
        if isinstance(what, str):
            if what == "chunk" and root == "openai":  # an event of its stream helper
                return self.look(_get(thing, "chunk"))
            if what.startswith("response."):
                return self._responses(thing, what, root)
            if what in _ANTHROPIC and (root or "message" in what or "index" in thing):
                return self._messages(thing, what)
        if _get(thing, "object") == "response" and isinstance(_get(thing, "output"), list):
            self._response(thing, root)
            return False
        if _is_count(_get(thing, "eval_count")) or (root == "ollama" and _get(thing, "model") is not None):
            return self._ollama(thing)
        if root and _text(thing, "object") == "list":
            self._embeddings(thing, root)
        return False

    def _say(self, attribute: str, value: object) -> None:
        """Keep a text, where there is one."""
        if isinstance(value, str) and value:
            self.facts[attribute] = str.__str__(value)  # of an enum's, the value

    def _count(self, attribute: str, value: object) -> None:
        """Keep a count, where there is one."""
        if _is_count(value):
            self.facts[attribute] = value

    def _name(self, thing: object, root: str, operation: str) -> None:
        facts = self.facts
        facts.setdefault(_OPERATION, operation)
        if _PROVIDER not in facts:
            hidden = _get(thing, "_hidden_params") if root == "litellm" else None
            self._say(_PROVIDER, hidden.get("custom_llm_provider") if isinstance(hidden, dict) else None)
            if root and root != "litellm":
                facts[_PROVIDER] = root
        if _MODEL not in facts:
            self._say(_MODEL, _get(thing, "model"))
        if _ID not in facts:
            self._say(_ID, _get(thing, "id"))

    def _chat(self, thing: object, choices: list[object], root: str) -> bool:
        self._name(thing, root, "text_completion" if _text(thing, "object") == "text_completion" else "chat")
        self._say(_TIER, _get(thing, "service_tier"))
        visible = False
        for choice in choices:
            delta = _get(choice, "delta")
            visible = visible or bool(
                _text(delta, "content") or _text(delta, "refusal") or (delta is None and _text(choice, "text"))
            )
            if not _get(choice, "index"):
                self._say(_FINISH, _get(choice, "finish_reason"))
        self._openai_usage(_get(thing, "usage"), "prompt_tokens", "completion_tokens")
        return visible

    def _openai_usage(self, usage: object, given: str, made: str) -> None:
        if usage is None:
            return
        details = _get(usage, f"{given}_details")
        self._count(_INPUT, _get(usage, given))
        self._count(_OUTPUT, _get(usage, made))
        self._count(_CACHED, _get(details, "cached_tokens"))
        self._count(_REASONING, _get(_get(usage, f"{made}_details"), "reasoning_tokens"))
        for written in ("cache_write_tokens", "cache_creation_tokens"):
            self._count(_WRITTEN, _get(details, written))

    def _responses(self, event: object, what: str, root: str) -> bool:
        response = _get(event, "response")
        if response is not None:
            self._response(response, root, ended=what in _RESPONSES_ENDS)
        return what in _RESPONSES_TEXT and bool(_text(event, "delta"))

    def _response(self, response: object, root: str, *, ended: bool = True) -> None:
        self._name(response, root, "chat")
        self._say(_TIER, _get(response, "service_tier"))
        if ended:
            why = _get(_get(response, "incomplete_details"), "reason")
            self._say(_FINISH, why if isinstance(why, str) else _get(response, "status"))
            self._openai_usage(_get(response, "usage"), "input_tokens", "output_tokens")

    def _messages(self, event: object, what: str) -> bool:
        """Anthropic counts input, cache reads and cache writes apart; our input holds all of it."""
        message = _get(event, "message") if what == "message_start" else event if what == "message" else None
        if message is not None:
            self._name(message, "anthropic", "chat")
        delta, usage = _get(event, "delta"), _get(message if message is not None else event, "usage")
        if usage is not None:
            known = self._anthropic
            for name in ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens"):
                if _is_count(tokens := _get(usage, name)):
                    known[name] = tokens
            cached, written = known.get("cache_read_input_tokens"), known.get("cache_creation_input_tokens")
            if "input_tokens" in known:
                self._count(_INPUT, known["input_tokens"] + (cached or 0) + (written or 0))
            self._count(_CACHED, cached)
            self._count(_WRITTEN, written)
            self._say(_TIER, _get(usage, "service_tier"))
            if what != "message_start":  # there it is a beginning, not a count
                self._count(_OUTPUT, known.get("output_tokens"))
        if what in ("message", "message_delta"):
            self._say(_FINISH, _get(message if message is not None else delta, "stop_reason"))
        return what == "content_block_delta" and bool(_text(delta, "text"))

    def _ollama(self, thing: object) -> bool:
        message = _get(thing, "message")
        embedded = _get(thing, "embeddings") is not None
        operation = "embeddings" if embedded else "chat" if message is not None else "text_completion"
        self._name(thing, "ollama", operation)
        self._count(_INPUT, _get(thing, "prompt_eval_count"))
        self._count(_OUTPUT, _get(thing, "eval_count"))
        self._say(_FINISH, _get(thing, "done_reason"))
        self._done = self._done or _get(thing, "done") is True  # older servers give no reason
        return bool(_text(message, "content") or _text(thing, "response"))

    def _embeddings(self, thing: object, root: str) -> None:
        usage = _get(thing, "usage")
        if _is_count(_get(usage, "prompt_tokens")) and _get(thing, "model") is not None:
            self._name(thing, root, "embeddings")
            self._count(_INPUT, _get(usage, "prompt_tokens"))


def root_of(kind: type) -> str:
    """The package that a class comes from, or one of the classes it is made from if that is a model client."""
    root = _root_of.get(kind)
    if root is None:
        roots = [str(each.__module__).partition(".")[0] for each in kind.__mro__]
        root = next((each for each in roots if each in CLIENTS), roots[0])
        if len(_root_of) < TYPES_KNOWN_MAX:
            _root_of[kind] = root
    return root


def _get(thing: object, name: str) -> Any:
    if isinstance(thing, dict):
        return thing.get(name)
    return None if thing is None else getattr(thing, name, None)


def _text(thing: object, name: str) -> str:
    found = _get(thing, name)
    return found if isinstance(found, str) else ""


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
