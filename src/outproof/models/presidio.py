"""Microsoft Presidio as a detector: free text in, what its recognisers find out. Needs the extra `outproof[presidio]`.

With a language model's name it finds names and places as well; without one its patterns only. Nothing is downloaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol

from outproof.core.errors import Permanent
from outproof.scrub.declared import PresidioUse
from outproof.scrub.rule import Find

TEXT_CHARS_MAX = 8_192
"""Presidio takes some ten milliseconds a kilobyte: the rest of a longer text has been through the rules only."""

_PACKAGE = "presidio_analyzer"


class Result(Protocol):
    """One thing found: Presidio's `RecognizerResult`."""

    @property
    def entity_type(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def score(self) -> float: ...


class Analyzer(Protocol):
    """What is used of Presidio's `AnalyzerEngine`."""

    def analyze(self, text: str, language: str, *, entities: list[str], score_threshold: float) -> Sequence[Result]: ...


class PresidioDetector:
    """`scrub.policy.Detector` over an analyzer."""

    def __init__(self, analyzer: Analyzer, use: PresidioUse, version: str) -> None:
        self._analyzer = analyzer
        self._use = use
        self.id = f"presidio {version} {use}"

    def finds(self, text: str) -> Sequence[Find]:
        """What it is certain enough of, under Presidio's names."""
        found = self._analyzer.analyze(
            text[:TEXT_CHARS_MAX],
            self._use.language,
            entities=list(self._use.entities),
            score_threshold=self._use.score_min,
        )
        return [Find(each.start, each.end, each.entity_type) for each in found]


def presidio(use: PresidioUse) -> PresidioDetector:
    """The detector that a project's files ask for.

    Raises:
        Permanent: Presidio, or the language model that is named, is not installed.
    """
    try:
        package: Any = import_module(_PACKAGE)
        found = version("presidio-analyzer")
    except (ImportError, PackageNotFoundError) as error:
        raise Permanent(
            "expected presidio-analyzer, which `scrub: presidio` asks for and which is not installed: "
            "install outproof[presidio]"
        ) from error
    engine: Any = _language_model(use) if use.model else _no_language_model(use.language)
    registry = package.RecognizerRegistry(supported_languages=[use.language])
    registry.load_predefined_recognizers(languages=[use.language], nlp_engine=engine if use.model else None)
    analyzer = package.AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=[use.language])
    return PresidioDetector(analyzer, use, found)


def _language_model(use: PresidioUse) -> Any:
    provider = import_module(f"{_PACKAGE}.nlp_engine").NlpEngineProvider
    named = [{"lang_code": use.language, "model_name": use.model}]
    if not import_module("spacy").util.is_package(use.model):  # else Presidio would try to download it
        raise Permanent(
            f"expected the spaCy model {use.model} to be installed: this server downloads nothing by itself"
        )
    return provider(nlp_configuration={"nlp_engine_name": "spacy", "models": named}).create_engine()


def _no_language_model(language: str) -> Any:
    """An engine that splits a text into nothing: patterns need no more."""
    nlp = import_module(f"{_PACKAGE}.nlp_engine")

    def no_words(engine: Any, *_: Any) -> Any:
        return nlp.NlpArtifacts([], [], [], [], engine, language)

    methods = {
        "load": lambda _: None,
        "is_loaded": lambda _: True,
        "process_text": no_words,
        "process_batch": lambda engine, texts, *_, **__: ((text, no_words(engine)) for text in texts),
        "is_stopword": lambda *_: False,
        "is_punct": lambda *_: False,
        "get_supported_entities": lambda _: [],
        "get_supported_languages": lambda _: [language],
    }
    return type("Silent", (nlp.NlpEngine,), methods)()
