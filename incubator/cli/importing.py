"""Commands that bring in files from elsewhere."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from incubator.cli.commands import main, ready_app


@main.group(name="import")
def import_() -> None:
    """Bring in files from elsewhere."""


@import_.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Read and report, but change nothing.")
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What the columns mean, as JSON.",
)
@click.option(
    "--write-mapping",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the proposed meaning of the columns to this file, and change nothing.",
)
@click.option(
    "--agency", default="", help="The agency of the whole file (code or name), where no column says it."
)
@click.option(
    "--agency-is",
    multiple=True,
    metavar="NAME=CODE",
    help="An agency of the file and the code of the agency here that is meant. May be repeated.",
)
@click.option("--new-agencies", is_flag=True, help="Create the agencies of the file that are not known here.")
@click.option("--month-first", multiple=True, metavar="COLUMN", help="3/4/2026 in this column is March 4.")
@click.option("--day-first", multiple=True, metavar="COLUMN", help="3/4/2026 in this column is April 3.")
@click.option("--sheet", "sheets", multiple=True, help="The sheet to import. May be repeated.")
@click.option("--header-row", type=click.IntRange(min=1), help="The spreadsheet row with the column names.")
def inventory(
    file: Path,
    dry_run: bool,
    mapping_file: Path | None,
    write_mapping: Path | None,
    agency: str,
    agency_is: tuple[str, ...],
    new_agencies: bool,
    month_first: tuple[str, ...],
    day_first: tuple[str, ...],
    sheets: tuple[str, ...],
    header_row: int | None,
) -> None:
    """Import an inventory of use cases (CSV, XLSX or XLS).

    Ends with 0 when every row came in, 1 when the file could not be read or rows were refused,
    2 when something has to be settled first: the columns, an agency, or the order of day and month.
    """
    from incubator.jobs.inventory_file import Answers, Unsettled, import_file, propose_mapping, read_mapping
    from incubator.jobs.inventory_report import describe_import, describe_unsettled, importing_problems

    app = ready_app()
    refused = False
    with importing_problems():
        for sheet in sheets or (None,):
            answers = Answers(
                mapping=read_mapping(mapping_file) if mapping_file else None,
                agency=agency.strip(),
                agency_is=_pairs(agency_is),
                new_agencies=new_agencies,
                month_first=month_first,
                day_first=day_first,
                sheet=sheet,
                header_row=header_row,
                dry_run=dry_run,
            )
            if write_mapping:
                table, proposal = propose_mapping(app, file, answers)
                write_mapping.write_text(proposal.mapping.to_json() + "\n", "utf-8")
                click.echo(f"The meaning of the columns is in {write_mapping}. Nothing was changed.")
                problems = proposal.mapping.problems(table.headers)
                if problems or not proposal.mapping.confirmed:
                    click.echo("\n".join(["Look it over before you use it with --mapping.", *problems]))
                    sys.exit(2)
                return
            try:
                done = import_file(app, file, answers, lambda line: click.echo(f"… {line}", err=True))
            except Unsettled as unsettled:
                click.echo(describe_unsettled(unsettled, file, mapping_file))
                sys.exit(2)
            click.echo(describe_import(done))
            refused = refused or bool(done.inventory.report.refused)
    if refused:
        sys.exit(1)


def _pairs(given: tuple[str, ...]) -> dict[str, str]:
    pairs = dict(one.rpartition("=")[::2] for one in given)
    if "" in pairs or "" in pairs.values():
        raise click.BadParameter("write NAME=CODE", param_hint="--agency-is")
    return pairs


@import_.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map",
    "mapping",
    multiple=True,
    metavar="WHAT=COLUMN",
    help="What a column means, such as reviewer=RevID, or a file (TOML or JSON) that says so. May be repeated.",
)
@click.option("--title", default="", help="What the panel is called; without it, the file's name.")
@click.option("--lower-is-better", is_flag=True, help="A low score is the good one.")
@click.option(
    "--scale",
    nargs=2,
    type=float,
    metavar="LEAST MOST",
    help="The ends of the scale; else read from the scores.",
)
@click.option("--places", type=click.IntRange(1, 10_000), help="How many proposals could be accepted.")
@click.option("--dry-run", is_flag=True, help="Read and report, but change nothing.")
def reviews(
    file: Path,
    mapping: tuple[str, ...],
    title: str,
    lower_is_better: bool,
    scale: tuple[float, float] | None,
    places: int | None,
    dry_run: bool,
) -> None:
    """Import the scores of a panel run elsewhere (CSV, XLSX or XLS) and analyze them.

    Each panel of the file becomes a call of its own. Without --map the likely meaning of the columns is shown.
    Ends with 0 when every row came in, 1 when the file could not be read or rows were refused, 2 when the columns
    have to be settled first.
    """
    from incubator.jobs.inventory_report import importing_problems
    from incubator.jobs.panel_report import describe_guess, describe_panels
    from incubator.jobs.panels import UnsettledColumns, Wishes, import_panels

    app = ready_app()
    wishes = Wishes(mapping, title, lower_is_better, scale, places, dry_run)
    with importing_problems():
        try:
            done = import_panels(app, file, wishes, lambda line: click.echo(f"… {line}", err=True))
        except UnsettledColumns as unsettled:
            click.echo(describe_guess(unsettled, file, wishes))
            sys.exit(2)
    click.echo(describe_panels(done, app.config["SETTINGS"].base_url, dry_run=dry_run))
    if done.reviews.report.refused:
        sys.exit(1)


@import_.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Read and report, but change nothing.")
@click.option("--url", default="", help="Where the figures are published; shown beside them.")
@click.option(
    "--agency-is",
    multiple=True,
    metavar="NAME=CODE",
    help="A department of the file and the code of the agency here that is meant. May be repeated.",
)
@click.option("--new-agencies", is_flag=True, help="Create the agencies of the file that are not known here.")
def measures(file: Path, dry_run: bool, url: str, agency_is: tuple[str, ...], new_agencies: bool) -> None:
    """Import performance measures published with a budget (CSV, XLSX or XLS).

    Columns: edition, department, program, measure, period_label, value. Each program becomes a record, each
    measure a metric with its yearly values and targets. Ends with 0 when every row came in, 1 when the file could
    not be read or rows were refused, 2 when somebody has to say first which agencies are meant.
    """
    from incubator.jobs.agency_answers import UnsettledAgencies, describe_agencies
    from incubator.jobs.inventory_report import importing_problems
    from incubator.jobs.measures import describe_measures, import_measures_file

    app = ready_app()
    with importing_problems():
        try:
            done = import_measures_file(
                app,
                file,
                dry_run=dry_run,
                source_url=url,
                agency_is=_pairs(agency_is),
                new_agencies=new_agencies,
            )
        except UnsettledAgencies as unsettled:
            click.echo(
                describe_agencies(unsettled.lines, f"incubator import measures {shlex.quote(str(file))}")
            )
            sys.exit(2)
    click.echo(describe_measures(done))
    if done.measures.report.refused:
        sys.exit(1)
