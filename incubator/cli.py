"""The commands: `incubator --help` lists them."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from flask import Flask


def _app(**overrides: Any) -> Flask:
    from dataclasses import replace

    from incubator import create_app
    from incubator.config import SettingsError, from_environment

    try:
        return create_app(replace(from_environment(), **overrides))
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def _migrate(app: Flask) -> None:
    """Bring the database to the newest form; quiet when it already is."""
    from flask_migrate import upgrade

    with app.app_context():
        upgrade()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Pilot proposals from idea to scale."""


@main.command()
def init() -> None:
    """Create the database, or bring it to the newest form."""
    app = _app()
    _migrate(app)
    click.echo("The database is ready.")


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--threads", default=8, show_default=True)
@click.option("--with-worker/--without-worker", default=False, help="Run the worker beside the server.")
def serve(host: str, port: int, threads: int, with_worker: bool) -> None:
    """Serve the application."""
    _serve(_app(), host, port, threads, with_worker=with_worker)


def _serve(app: Flask, host: str, port: int, threads: int, *, with_worker: bool) -> None:
    from contextlib import ExitStack

    import waitress

    from incubator.jobs.beside import beside

    settings = app.config["SETTINGS"]
    with ExitStack() as stack:
        if with_worker:
            stack.enter_context(beside([sys.executable, "-m", "incubator.cli", "worker", "--with-parent"]))
        click.echo(f"Serving on http://{host}:{port} (stop with Ctrl+C)")
        waitress.serve(
            app,
            host=host,
            port=port,
            threads=threads,
            ident=None,
            max_request_body_size=settings.import_megabytes * 1_000_000 + 1_000_000,
        )


@main.command()
@click.option("--workers", default=1, show_default=True, help="How many jobs at a time.")
@click.option("--with-parent", is_flag=True, hidden=True)
def worker(workers: int, with_parent: bool) -> None:
    """Run long work: imports, mail, large exports, charts ahead of time."""
    from incubator.jobs.beside import stop_with_parent
    from incubator.jobs.worker import run_worker

    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    if with_parent:
        stop_with_parent(stop)
    run_worker(_app(), stop, workers=workers)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--load-only", is_flag=True, help="Load the demonstration, but do not serve.")
def demo(host: str, port: int, load_only: bool) -> None:
    """Load the demonstration into a new database and serve it."""
    from incubator.demonstration.loader import accounts, is_loaded, load_demonstration

    app = _app(demonstration=True, base_url=f"http://{host}:{port}")
    _migrate(app)
    with app.app_context():
        if not is_loaded():
            click.echo("Loading the demonstration …")
            load_demonstration(app)
        click.echo(_introduction(host, port, accounts()))
    if not load_only:
        import os

        os.environ["INCUBATOR_DEMONSTRATION"] = "1"
        _serve(app, host, port, 8, with_worker=True)


def _introduction(host: str, port: int, ready: list[tuple[str, str, str]]) -> str:
    width = max(len(email) for _role, email, _password in ready)
    lines = [f"  {email:<{width}}  {role}" for role, email, _password in ready]
    return "\n".join(
        (
            "",
            f"Open http://{host}:{port} and sign in as one of these people.",
            f"Their password is: {ready[0][2]}",
            "",
            *lines,
            "",
        )
    )


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
def inventory(file: Path, dry_run: bool, mapping_file: Path | None, write_mapping: Path | None) -> None:
    """Import an inventory of use cases (CSV, XLSX or XLS).

    Ends with 0 when every row came in, 1 when the file could not be read or rows were refused,
    2 when the columns have to be settled first.
    """
    from incubator.jobs.inventory import UnknownHeaders, import_file, read_mapping
    from incubator.jobs.inventory_report import describe_columns, describe_import, importing_problems

    app = _app()
    with importing_problems():
        mapping = read_mapping(mapping_file) if mapping_file else None
        try:
            done = import_file(
                app,
                file,
                dry_run=dry_run or write_mapping is not None,
                mapping=mapping,
                tell=lambda line: click.echo(f"… {line}", err=True),
            )
        except UnknownHeaders as unknown:
            if write_mapping:
                write_mapping.write_text(unknown.mapping.to_json() + "\n", "utf-8")
            click.echo(describe_columns(unknown, file, write_mapping))
            sys.exit(2)
    if write_mapping:
        write_mapping.write_text(done.mapping.to_json() + "\n", "utf-8")
        click.echo(f"The meaning of the columns is in {write_mapping}. Nothing was changed.")
        return
    click.echo(describe_import(done))
    if done.inventory.report.refused:
        sys.exit(1)


@main.group()
def verify() -> None:
    """Check that what was kept is whole."""


@verify.command()
@click.option("--anchor", default="", help="The digest noted earlier: the chain must still contain it.")
def history(anchor: str) -> None:
    """Check the audit trail: every event, in order, unchanged."""
    from incubator.extensions import db
    from incubator.queries.chain import verify_chain

    app = _app()
    with app.app_context():
        result = verify_chain(db.session(), anchor=anchor or None)
    click.echo(result.sentence)
    if not result.whole:
        sys.exit(1)


@main.command()
@click.argument("email")
@click.option("--name", prompt="Name")
def administrator(email: str, name: str) -> None:
    """Invite the first administrator and print the one-time link."""
    from incubator.jobs.administrator import invite_first_administrator

    app = _app()
    _migrate(app)
    with app.app_context():
        click.echo(invite_first_administrator(email, name))


if __name__ == "__main__":
    main()
