"""The dialect tables as a page of the reference, in Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from outproof.contract.answer import COLUMNS
from outproof.wire.dialects import DIALECTS, FIRST_TOKEN_EVENTS, TABLES_VERSION
from outproof.wire.dialects.content import CONTENT
from outproof.wire.dialects.table import Basis, Dialect, Row

_HEAD = f"""# How spans are read

Generated from the tables of version {TABLES_VERSION}; `outproof explain-span --tables` prints this page, and
`outproof explain-span FILE` shows of each span in a file what was read from where and what was ignored.

Of each fact the first attribute wins that is present and says something usable: the names of your own that the
configuration maps (`decision`), then the rows marked *first*, then the dialects in the order of this page, and in each
the rows from top to bottom. What a fact was read from is stored with it (`provenance`), as is the version of the tables
(`wire_version`). A value that is none, such as a count of `"soon"`, is passed over. Names nobody lists are ignored.
"""
_RULES = """## Rules for all dialects

- **Calls.** `chat`, `text_completion`, `generate_content` and `embeddings` are calls; their usage and timing count.
  Agents, workflows and outer spans repeat the sums of the calls inside them and are never counted.
- **One call counts once.** Spans that tell of the same call are its twins: nested in each other, or with the same
  response id at the same time, or written by two emitters of one service at the same time, with nothing that differs.
  The innermost counts and takes from its twins what it lacks; `call_id` names it, the others are `is_duplicate`.
- **Unknown is not zero.** A call without input tokens does not exist, so an input of 0 is unknown, and an output of 0
  beside it. A failed call has no usage.
- **Cached tokens** are part of the input as we store it. Where the wire counts them beside it they are added;
  `usage_basis` says how they came.
- **First token.** `ttft_kind` says to what it was measured: a `chunk` at the client, a visible `token`, or at the
  `server`. Names do not prove it: see the rows.
- **Streams.** `stream_end` is `finished` with a reason or a usage, `broken` with an error, `abandoned` with neither
  from an emitter that writes reasons: left by its reader, or cut without anybody noticing. Otherwise `unknown`.
  A reason of `error` without a failure stands for a choice that never ended. Anthropic's first chunk counts one token
  of output: of a stream that got no further the output is unknown. Some emitters write two spans for a stream; the one
  that opened it is `open_stream`, and no call.
- **Attempts.** A call after a failed one of the same parent and for the same model is its next attempt, unless the
  error is one that the same request would meet again. Spans that only tell of a call once more are not its parent.
- **Failures.** A call has failed when the innermost span that tells of it says so, or when an outer one does and
  nothing came that only the end of a response brings.
- **Evaluations.** A `gen_ai.evaluation.result` log record says nothing of a call: it is kept as feedback on the answer
  whose span it names, else whose `gen_ai.response.id`. Its score, label and explanation are the scrubbed comment; a
  thumb is only what is called one. The same evaluation delivered again changes nothing.
- **Tools.** What a tool was called with is hashed with the project's key, whatever the order of its fields.
"""


def reference() -> str:
    """The page."""
    return "\n".join((_HEAD, _RULES, *(_section(dialect) for dialect in DIALECTS), *_events(), *_contents(), *_facts()))


def _section(dialect: Dialect) -> str:
    lines = [f"## {dialect.emitter}", "", f"`{dialect.name}`, read from: {dialect.source}.", ""]
    lines += ["| fact | attribute | remarks |", "| --- | --- | --- |"]
    lines += [f"| {row.fact} | `{row.attribute}` | {_remarks(row)} |" for row in dialect.rows]
    return "\n".join((*lines, ""))


def _remarks(row: Row) -> str:
    said = [
        "*first*" if row.wins else "",
        row.note,
        f"only beside `{row.needs}`" if row.needs else "",
        f"measured to a {row.ttft}" if row.ttft else "",
        {Basis.OUTSIDE: "beside the input", Basis.EITHER: "beside the input where it exceeds it"}.get(row.basis, "")
        if row.basis
        else "",
    ]
    return "; ".join(part for part in said if part)


def _events() -> Iterator[str]:
    yield "## Span events of a first token\n"
    for name, kind in sorted(FIRST_TOKEN_EVENTS.items()):
        yield f"- `{name}`: measured to a {kind}"
    yield ""


def _contents() -> Iterator[str]:
    yield "## Contents, never read and never kept\n"
    yield "Whatever begins with one of these. Where a row above names one, one field of its JSON or a hash is taken.\n"
    yield ", ".join(f"`{name}`" for name in CONTENT)
    yield ""


def _facts() -> Iterator[str]:
    yield "## Facts\n"
    yield "| fact | what it says |\n| --- | --- |"
    for column in COLUMNS:
        yield f"| {column.name} | {column.doc} |"
    yield ""
