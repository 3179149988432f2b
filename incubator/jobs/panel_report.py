"""What the command line says about panels run elsewhere."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from incubator.imports.review_panels import OutsidePanel, PanelReport
from incubator.jobs.panels import ImportedPanels, UnsettledColumns, Wishes

_MOST_LINES = 20
_WIDTH = 110


def describe_panels(done: ImportedPanels, base_url: str, *, dry_run: bool) -> str:
    """The report: what was read, each panel, what was refused or assumed, and where to look."""
    report = done.reviews.report
    lines = [
        "",
        report.file,
        f"  {report.rows_read:>7,} rows read",
        f"  {report.rows_used:>7,} used",
        f"  {len(report.refused):>7,} refused",
        *_refused(report),
        *_left(report),
    ]
    for place, panel in enumerate(done.reviews.panels):
        lines += ["", *_panel(panel, done.panels[place].title)]
        if done.calls:
            call = done.calls[place]
            known = "  The same scores were brought in before; nothing was changed." if call.known else ""
            lines += [line for line in (known, f"  {base_url}/calls/{call.slug}/ranking") if line]
    lines += _said(report, done.rounded_weights)
    lines += ["", "Nothing was changed." if dry_run else "The scores are in, and worked out."]
    return "\n".join(lines)


def _refused(report: PanelReport) -> Iterator[str]:
    for one in report.refused[:_MOST_LINES]:
        yield f"            row {one.row}: {one.reason}"[:_WIDTH]
    if len(report.refused) > _MOST_LINES:
        yield f"            and {len(report.refused) - _MOST_LINES:,} more"


def _left(report: PanelReport) -> Iterator[str]:
    if report.blank_rows:
        yield f"  {len(report.blank_rows):>7,} blank rows"
    if report.not_discussed:
        yield f"  {len(report.not_discussed):>7,} proposals not discussed: they are shown, and not ranked"
    if report.single_reviewers:
        names = _some(report.single_reviewers)
        yield f"  {len(report.single_reviewers):>7,} reviewers with a single review: {names}"[:_WIDTH]


def _panel(panel: OutsidePanel, title: str) -> Iterator[str]:
    better = "lower is better" if panel.lower_is_better else "higher is better"
    yield f"{title}"
    yield (
        f"  {len(panel.items):,} proposals, {len(panel.reviewers):,} reviewers, {len(panel.reviews):,} reviews; "
        f"scores from {panel.overall_min:.12g} to {panel.overall_max:.12g}, {better}"
    )
    for one in panel.criteria:
        blank = sum(review.scores.get(one.key) is None for review in panel.reviews)
        missing = f", blank in {blank:,} reviews" if blank else ""
        yield f"  criterion {one.title}, weight {one.weight:.12g}{missing}"[:_WIDTH]
    for gap in panel.gaps:
        yield f"  {gap}"[:_WIDTH]


def _said(report: PanelReport, rounded: bool) -> Iterator[str]:
    if report.assumed or rounded:
        yield from ("", "Assumed")
        yield from (f"  {sentence}" for sentence in report.assumed)
        if rounded:
            yield "  The weights were rounded to whole percent."
    if report.warnings:
        yield from ("", "Noticed")
        for kind, found in report.warnings.items():
            example = next((f", such as row {one.row} {one.text}".rstrip() for one in found.examples), "")
            yield f"  {found.count:>7,} {kind}{example}"[:_WIDTH]
    if report.not_kept:
        yield from ("", f"Columns not kept: {', '.join(report.not_kept)}")


def describe_guess(unsettled: UnsettledColumns, file: Path, wishes: Wishes) -> str:
    """What the columns seem to mean, and the command that says so."""
    options = unsettled.mapping.options()
    lines = ["", *unsettled.problems] if unsettled.problems else []
    lines += ["", f"Say what the columns of {file.name} mean. This is what they seem to mean:", ""]
    lines += [f"  {option}" for option in options] or ["  (none of them is known)"]
    if unsettled.left_out:
        lines += ["", f"Not kept: {', '.join(unsettled.left_out)}"]
    problems = unsettled.mapping.problems(unsettled.table.headers)
    if unsettled.hints:
        return "\n".join([*lines, "", *unsettled.hints, "", "Nothing was changed."])
    lines += ["", *problems, ""] if problems else [""]
    ending = "add what is missing" if problems else "look it over"
    lines += [f"Nothing was changed. To go on, {ending} and run:", ""]
    words = ["incubator", "import", "reviews", str(file)]
    words += [word for option in options for word in ("--map", option)]
    if wishes.title:
        words += ["--title", wishes.title]
    if wishes.lower_is_better:
        words.append("--lower-is-better")
    if wishes.scale is not None:
        words += ["--scale", *(f"{end:.12g}" for end in wishes.scale)]
    if wishes.places is not None:
        words += ["--places", str(wishes.places)]
    lines.append("  " + shlex.join(words))
    if not wishes.lower_is_better:
        lines += ["", "Add --lower-is-better if a low score is the good one: no file says so by itself."]
    return "\n".join(lines)


def _some(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:5])
    return f"{shown} and {len(names) - 5:,} more" if len(names) > 5 else shown
