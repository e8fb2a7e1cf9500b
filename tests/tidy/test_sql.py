"""SQL is never built from values. Where an identifier must be put in, the line says that it comes from a closed set."""

import ast

from tests.tidy.source import Source, a_source, called, expect_none, under

RUNS_SQL = frozenset(
    "text query query_df query_np query_arrow query_arrow_stream query_row_block_stream command raw_query "
    "execute executemany executescript exec_driver_sql DDL".split(" ")
)
MARKER = "# identifiers from a closed set"


def built_sql(source: Source) -> list[str]:
    """Calls that run SQL with an f-string, %, + or .format() as their statement, unless one of its lines is marked."""
    return [
        source.at(node.lineno, f"SQL built from values in {called(node)}(); pass parameters, or mark with `{MARKER}`")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and called(node) in RUNS_SQL and node.args
        if _is_built(node.args[0]) and not _is_marked(source, node)
    ]


def _is_built(node: ast.expr) -> bool:
    match node:
        case ast.JoinedStr(values=values):
            return any(isinstance(value, ast.FormattedValue) for value in values)
        case ast.BinOp(op=ast.Mod() | ast.Add(), left=left, right=right):
            return _is_text(left) or _is_text(right)
        case ast.Call(func=ast.Attribute(value=value, attr="format" | "join" | "replace")):
            return _is_text(value)
    return False


def _is_text(node: ast.expr) -> bool:
    return _is_built(node) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _is_marked(source: Source, node: ast.Call) -> bool:
    return any(MARKER in source.line(number) for number in range(node.lineno, (node.end_lineno or node.lineno) + 1))


def test_no_sql_is_built_from_values() -> None:
    expect_none(line for source in under("src", "examples", "benchmarks") for line in built_sql(source))


def test_built_sql_is_found_in_each_form() -> None:
    for text in (
        'text(f"select * from {table}")',
        'client.query(f"select {x}")',
        'client.command("drop table " + name)',
        'connection.execute("select %s" % x)',
        'connection.execute(text("select {}".format(x)))',
    ):
        assert built_sql(a_source("src/outproof/store/a.py", text)), text


def test_constant_and_marked_sql_pass() -> None:
    for text in (
        'text("select 1")',
        'client.query(STATEMENT, parameters={"x": x})',
        f'client.command(f"alter table {{table}} drop partition 1")  {MARKER}',
    ):
        assert not built_sql(a_source("src/outproof/store/a.py", text)), text
