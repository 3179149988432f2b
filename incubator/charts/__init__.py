"""Charts from plain data: a finding in words, a table, and SVG or PNG. Importing this does not load matplotlib."""

from incubator.charts.ageing import Ageing, AgeingItem, AgeingStage
from incubator.charts.cache import Cache, warm
from incubator.charts.chart import Chart, Kind, Table, digest
from incubator.charts.cost_chart import CostChart, MonthSpend
from incubator.charts.detectability_curve import DetectabilityCurve
from incubator.charts.end_reasons import EndReason, EndReasons
from incubator.charts.forecast_realised import BenefitPoint, ForecastRealised
from incubator.charts.group_comparison import GroupComparison, Side
from incubator.charts.interrupted_series import InterruptedSeries, ProcessChange
from incubator.charts.metric_progress import MetricProgress, MetricRow
from incubator.charts.process_chart import ProcessChart, Reading
from incubator.charts.rank_intervals import RankIntervals, RankRow
from incubator.charts.rendering import render
from incubator.charts.review_timeliness import ReviewTimeliness
from incubator.charts.reviewer_severity import ReviewerSeverity, SeverityRow
from incubator.charts.score_dots import ProposalScores, ScoreDots
from incubator.charts.score_heat_map import HeatCell, HeatRow, ScoreHeatMap
from incubator.charts.score_shifts import ScoreShifts, ShiftRow
from incubator.charts.selection_funnel import FunnelLimit, FunnelPoint, SelectionFunnel
from incubator.charts.small_multiples import Series, SmallMultiples
from incubator.charts.stage_flow import Stage, StageFlow
from incubator.charts.stage_money import StageMoney, StageSum
from incubator.charts.survey_bars import Question, SurveyBars
from incubator.charts.value_effort import Bubble, ValueEffort
from incubator.charts.verdict_forest import ForestRow, VerdictForest
from incubator.charts.yearly_counts import YearCount, YearlyCounts

__all__ = [
    "Ageing",
    "AgeingItem",
    "AgeingStage",
    "BenefitPoint",
    "Bubble",
    "Cache",
    "Chart",
    "CostChart",
    "DetectabilityCurve",
    "EndReason",
    "EndReasons",
    "ForecastRealised",
    "ForestRow",
    "FunnelLimit",
    "FunnelPoint",
    "GroupComparison",
    "HeatCell",
    "HeatRow",
    "InterruptedSeries",
    "Kind",
    "MetricProgress",
    "MetricRow",
    "MonthSpend",
    "ProcessChange",
    "ProcessChart",
    "ProposalScores",
    "Question",
    "RankIntervals",
    "RankRow",
    "Reading",
    "ReviewTimeliness",
    "ReviewerSeverity",
    "ScoreDots",
    "ScoreHeatMap",
    "ScoreShifts",
    "SelectionFunnel",
    "Series",
    "SeverityRow",
    "ShiftRow",
    "Side",
    "SmallMultiples",
    "Stage",
    "StageFlow",
    "StageMoney",
    "StageSum",
    "SurveyBars",
    "Table",
    "ValueEffort",
    "VerdictForest",
    "YearCount",
    "YearlyCounts",
    "digest",
    "render",
    "warm",
]
