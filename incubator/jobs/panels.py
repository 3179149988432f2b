"""Bringing in panels run elsewhere from the command line: read, report, keep, and analyze at once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from flask import Flask

from incubator.analytics.panel_sheet import Item, Rater, Sheet, SheetCriterion, SheetReview
from incubator.flows.outside import Brought, OutsideScores, Remarks, bring_in, whole_weights
from incubator.imports.review_guess import propose
from incubator.imports.review_mapping import ReviewMapping
from incubator.imports.review_options import UnsettledMapping, read_mapping
from incubator.imports.review_panels import OutsidePanel, OutsideReviews
from incubator.imports.reviews import read_reviews
from incubator.imports.tables import Table, read_table
from incubator.jobs.inventory_file import COMMAND_LINE
from incubator.jobs.ranking import work_out
from incubator.jobs.workshop import Workshop

Told = Callable[[str], None]


class UnsettledColumns(Exception):
    """What the columns mean is not settled; `mapping` is a guess to be looked over.

    `problems` are those of what was said on the command line, `hints` what to change in the file itself.
    """

    def __init__(self, table: Table, problems: tuple[str, ...] = ()) -> None:
        super().__init__(f"What the columns of “{table.name}” mean is not settled.")
        guess = propose(table)
        self.table, self.problems = table, problems
        self.mapping, self.left_out = guess.mapping, guess.left_out
        self.hints = guess.hints(table)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line says beside the file: see `incubator import reviews --help`."""

    mapping: tuple[str, ...] = ()
    title: str = ""
    lower_is_better: bool = False
    scale: tuple[float, float] | None = None
    places: int | None = None
    dry_run: bool = False


@dataclass(frozen=True)
class ImportedPanels:
    """What was read and, unless it was a dry run, the call of each panel in the same order."""

    reviews: OutsideReviews
    panels: tuple[OutsideScores, ...]
    calls: tuple[Brought, ...]
    rounded_weights: bool


def import_panels(app: Flask, path: Path, wishes: Wishes, tell: Told) -> ImportedPanels:
    """Read a file and make one call for each of its panels, all of them or none; then analyze them.

    Raises `UnsettledColumns` where no mapping was given, `ImportProblem` where the file cannot be used.
    """
    tell("Opening the file")
    table = read_table(path)
    if not wishes.mapping:
        raise UnsettledColumns(table)
    try:
        mapping = read_mapping(wishes.mapping, table.headers)
    except UnsettledMapping as unsettled:
        raise UnsettledColumns(table, unsettled.problems) from unsettled
    if wishes.lower_is_better:
        mapping = replace(mapping, lower_is_better=True)
    if wishes.scale is not None:
        mapping = replace(mapping, scale=wishes.scale)
    tell(f"Reading {len(table.rows):,} rows")
    read = read_reviews(table, mapping)
    title = wishes.title.strip() or path.stem.replace("_", " ")
    panels = tuple(
        to_keep(panel, title, wishes.places, table, mapping, alone=len(read.panels) == 1)
        for panel in read.panels
    )
    exact = all(whole_weights([c.weight for c in panel.sheet.criteria])[1] for panel in panels)
    calls: tuple[Brought, ...] = ()
    if not wishes.dry_run:
        workshop = Workshop(app)
        tell(f"Writing {sum(len(panel.reviews) for panel in read.panels):,} reviews")
        with workshop.writing() as session:
            calls = tuple(bring_in(session, COMMAND_LINE, workshop.clock(), panel) for panel in panels)
        for call, panel in zip(calls, panels, strict=True):
            _analyse(workshop, call, panel.title, tell)
    return ImportedPanels(read, panels, calls, rounded_weights=not exact)


def _analyse(workshop: Workshop, call: Brought, title: str, tell: Told) -> None:
    said = -1

    def told(done: int, whole: int) -> None:
        nonlocal said
        percent = 100 * done // whole
        if percent >= said + 10:
            said = percent
            tell(f"Analyzing “{title}”: {percent}%")

    tell(f"Analyzing “{title}”")
    work_out(workshop, call.call_id, told)


def to_keep(
    panel: OutsidePanel,
    title: str,
    places: int | None,
    table: Table,
    mapping: ReviewMapping,
    *,
    alone: bool,
) -> OutsideScores:
    """A panel as it is kept. The total of a review is its overall score, on that score's own scale."""
    marks: Sequence[object] = (table.sha256, mapping, panel.call)
    return OutsideScores(
        title=title if alone and not panel.call else f"{title}, {panel.call}",
        file=table.name,
        source=hashlib.sha256("\n".join(map(repr, marks)).encode()).hexdigest(),
        sheet=sheet_of_panel(panel),
        places=places,
        remarks={
            (one.item, one.reviewer): Remarks(
                confidence="" if one.confidence is None else f"{one.confidence:.12g}",
                recommendation=one.recommendation,
                comment=one.comment,
            )
            for one in panel.reviews
        },
    )


def sheet_of_panel(panel: OutsidePanel) -> Sheet:
    """The plain scores of a panel as the analysis takes them."""
    ends = (
        (panel.overall_min, panel.overall_max) if panel.overall_given else (panel.scale_min, panel.scale_max)
    )
    if ends[0] == ends[1]:
        # Everybody gave the same score: a scale that rises, so that there is an axis to draw.
        ends = (ends[0], ends[0] + 1.0)
    return Sheet(
        items=tuple(
            Item(item.key, item.title or item.key, item.group, item.discussed, item.selected)
            for item in panel.items
        ),
        raters=tuple(Rater(name, name) for name in panel.reviewers),
        criteria=tuple(SheetCriterion(one.key, one.title, one.weight) for one in panel.criteria),
        reviews=tuple(
            SheetReview(one.item, one.reviewer, one.overall, dict(one.scores)) for one in panel.reviews
        ),
        lower_is_better=panel.lower_is_better,
        scale_min=ends[0],
        scale_max=ends[1],
    )
