"""Grafana dashboards: what is declared in; dashboards as JSON files for provisioning, in the current schema, out."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

from grafana_foundation_sdk.builders import common, stat, timeseries
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import (
    BigValueGraphMode,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    SortOrder,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.dashboard import (
    AnnotationContainer,
    DashboardCursorSync,
    DataSourceRef,
    GridPos,
    Threshold,
    ThresholdsMode,
    VariableRefresh,
)

from outproof.config.declared import Declared
from outproof.core.attributes import ServerMetric as M
from outproof.export.boards import Board, Plot, boards
from outproof.export.exported import Exported, File

SCHEMA_VERSION = 42
"""Of Grafana's classic dashboards; the library has the types of 41, and nothing used here differs."""

COLUMNS = 24
SOURCE = DataSourceRef(type_val="prometheus", uid="${DS}")
_SERVICES = f"label_values({M.REQUESTS}, service)"
_SMALL = (6, 4)
_LARGE = (12, 8)


def grafana(declared: Declared) -> Exported:
    """One file for each dashboard, as file provisioning takes it."""
    return Exported(tuple(_file(board) for board in boards(declared)))


def _file(board: Board) -> File:
    made = build.Dashboard(board.title).uid(board.uid).description(board.about).tags(["outproof", "generated"])
    made = made.timezone("browser").time("now-24h", "now").refresh("1m").tooltip(DashboardCursorSync.CROSSHAIR)
    made = made.editable().with_variable(build.DatasourceVariable("DS").label("Prometheus").type("prometheus"))
    if board.by_service:
        made = made.with_variable(_services())
    for number, (plot, place) in enumerate(zip(board.plots, _places(board), strict=True), 1):
        made = made.with_panel(_panel(plot, number, place))
    dashboard = made.build()
    dashboard.schema_version = SCHEMA_VERSION
    dashboard.annotations = AnnotationContainer(list_val=[])
    text = JSONEncoder(indent=2, sort_keys=True).encode(dashboard)
    return File(PurePosixPath(f"{board.uid}.json"), json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n")


def _services() -> build.QueryVariable:
    return (
        build.QueryVariable("service")
        .label("Service")
        .datasource(SOURCE)
        .query(_SERVICES)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .multi(True)
        .include_all(True)
        .all_value(".*")
    )


def _places(board: Board) -> list[GridPos]:
    """One after the other, from the left, in rows of equal height."""
    found, x, y, height = [], 0, 0, 0
    for plot in board.plots:
        w, h = _SMALL if plot.now else _LARGE
        if x + w > COLUMNS or (height and h != height):
            x, y = 0, y + height
        found.append(GridPos(h=h, w=w, x=x, y=y))
        x, height = x + w, h
    return found


def _panel(plot: Plot, number: int, place: GridPos) -> stat.Panel | timeseries.Panel:
    panel = _number() if plot.now else _lines(plot)
    panel = panel.id(number).title(plot.title).unit(plot.unit).grid_pos(place).datasource(SOURCE)
    panel = panel.description(plot.about) if plot.about else panel
    if plot.limit is not None:
        steps = [Threshold(value=None, color="green"), Threshold(value=plot.limit, color="red")]
        panel = panel.thresholds(build.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))
    for letter, query in zip("ABCDEF", plot.queries, strict=False):
        target = Dataquery().ref_id(letter).datasource(SOURCE).expr(query.expr).legend_format(query.legend or "__auto")
        panel = panel.with_target(target.instant() if plot.now else target.range().exemplar(query.exemplars))
    return panel


def _number() -> stat.Panel:
    last = common.ReduceDataOptions().calcs(["lastNotNull"])
    return stat.Panel().graph_mode(BigValueGraphMode.NONE).reduce_options(last)


def _lines(plot: Plot) -> timeseries.Panel:
    panel = timeseries.Panel().line_width(1).fill_opacity(8)
    panel = panel.legend(common.VizLegendOptions().display_mode(LegendDisplayMode.LIST).show_legend(True))
    panel = panel.tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
    if plot.limit is not None:
        panel = panel.thresholds_style(common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.LINE))
    return panel.min(0) if plot.unit in ("percentunit", "reqps", "currencyUSD") else panel
