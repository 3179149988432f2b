"""The commands: `incubator --help` lists them.

They end with 0 when all is well, 1 when something is not (one sentence says what), 2 when the command was
not understood. Ctrl+C and a polite end by the system are no failure.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from subprocess import Popen
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from flask import Flask


class Commands(click.Group):
    """Says in a sentence what a person can mend: a setting, a database that does not answer."""

    def invoke(self, ctx: click.Context) -> Any:
        from sqlalchemy.exc import OperationalError

        from incubator.config import SettingsError
        from incubator.jobs.backup import BackupError

        try:
            return super().invoke(ctx)
        except (SettingsError, BackupError) as error:
            raise click.ClickException(str(error)) from error
        except OperationalError as error:
            raise click.ClickException(f"The database does not answer: {error.orig}") from error


def _app(**overrides: Any) -> Flask:
    from dataclasses import replace

    from incubator import create_app
    from incubator.config import from_environment

    return create_app(replace(from_environment(), **overrides))


def _ready_app() -> Flask:
    """The application, when its database has the version it expects; else what to do about it."""
    from incubator.jobs.schema import ADVICE, Standing, standing

    app = _app()
    state = standing(app)
    if state not in (Standing.CURRENT, Standing.UNVERSIONED):
        raise click.ClickException(ADVICE[state])
    return app


def _migrate(app: Flask) -> None:
    """Bring the database to the newest form; quiet when it already is."""
    from flask_migrate import upgrade

    from incubator.jobs.schema import ADVICE, Standing, standing

    state = standing(app)
    if state in (Standing.NEWER, Standing.UNVERSIONED):
        raise click.ClickException(ADVICE[state])
    if state is Standing.OLDER:
        click.echo("Bringing the database to the newest version …")
    if state is not Standing.CURRENT:
        with app.app_context():
            upgrade()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="incubator", message="%(package)s %(version)s")
def main() -> None:
    """Pilot proposals from idea to scale.

    Settings are read from the environment (INCUBATOR_…). Every command ends with 0 when all is well, with 1 and
    one sentence when something is not, and with 2 when it was not understood.
    """


@main.command()
def init() -> None:
    """Create the database, or bring it to the newest form, and prepare the charts' typeface."""
    from incubator.charts import warm

    app = _app()
    _migrate(app)
    warm(app.config["SETTINGS"].chart_cache)
    click.echo("The database is ready.")


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 256))
@click.option("--with-worker/--without-worker", default=False, help="Run the worker beside the server.")
def serve(host: str, port: int, threads: int, with_worker: bool) -> None:
    """Serve the application."""
    with _reserve(host, port) as listener:
        _serve(_ready_app(), listener, host, threads, with_worker=with_worker)


def _reserve(host: str, port: int) -> socket.socket:
    """The server's socket, before anything else is done: a taken port is told at once."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise click.ClickException(f"{host} is no address of this machine: {error.strerror}.") from error
    try:
        if os.name != "nt":  # there it would let two servers share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise click.ClickException(
            f"{host}:{port} cannot be used ({error.strerror}): most likely another program serves there. Choose "
            f"another port, such as --port {port + 1} (make demo PORT={port + 1})."
        ) from error
    return listener


def _serve(app: Flask, listener: socket.socket, host: str, threads: int, *, with_worker: bool) -> None:
    from incubator.jobs.beside import beside

    server = _server(app, listener, threads)
    _end_politely()
    with ExitStack() as stack:
        if with_worker:
            command = [sys.executable, "-m", "incubator.cli", "worker", "--with-parent"]
            ending = threading.Event()
            child = stack.enter_context(beside(command))
            stack.callback(ending.set)
            threading.Thread(target=_tell_when_gone, args=(child, ending), daemon=True).start()
        shown = f"[{host}]" if ":" in host else host
        click.echo(f"Serving on http://{shown}:{listener.getsockname()[1]} (stop with Ctrl+C)")
        server.run()
        server.close()
        click.echo("Stopping …")


def _server(app: Flask, listener: socket.socket, threads: int) -> Any:
    import waitress

    return waitress.create_server(
        app,
        sockets=[listener],
        threads=threads,
        ident=None,
        clear_untrusted_proxy_headers=False,  # INCUBATOR_PROXIES says how many of them are believed
        max_request_body_size=app.config["SETTINGS"].import_megabytes * 1_000_000 + 1_000_000,
    )


def _end_politely() -> None:
    """Ctrl+C and the system's request to end both let the server finish what it is answering."""

    def end(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)


def _tell_when_gone(worker: Popen[bytes], ending: threading.Event) -> None:
    code = worker.wait()
    if not ending.is_set():
        click.echo(
            f"The worker ended by itself ({code}). Imports, mail and exports wait until the server is started again, "
            "or until you run: incubator worker",
            err=True,
        )


@main.command()
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="How many jobs at a time."
)
@click.option("--with-parent", is_flag=True, hidden=True)
def worker(workers: int, with_parent: bool) -> None:
    """Run long work: imports, mail, large exports, charts ahead of time."""
    from incubator.jobs.beside import stop_with_parent
    from incubator.jobs.worker import run_worker

    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    # Ctrl+C reaches the whole group; a worker beside a server ends when the server is done with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN if with_parent else end)
    signal.signal(signal.SIGTERM, end)
    if with_parent:
        stop_with_parent(stop)
    run_worker(_ready_app(), stop, workers=workers)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--load-only", is_flag=True, help="Load the demonstration, but do not serve.")
def demo(host: str, port: int, load_only: bool) -> None:
    """Load the demonstration into a new database and serve it."""
    with ExitStack() as stack:
        listener = None if load_only else stack.enter_context(_reserve(host, port))
        # Both also tell the worker, which reads its settings itself.
        os.environ["INCUBATOR_DEMONSTRATION"] = "1"
        os.environ["INCUBATOR_BASE_URL"] = f"http://{host}:{port}"
        app = _app()
        _migrate(app)
        click.echo(_loaded_demonstration(app, host, port))
        if listener:
            _serve(app, listener, host, 8, with_worker=True)


def _loaded_demonstration(app: Flask, host: str, port: int) -> str:
    from incubator.demonstration.loader import accounts, is_loaded, load_demonstration

    with app.app_context():
        try:
            loaded = is_loaded()
        except RuntimeError as error:
            raise click.ClickException(
                f"The demonstration needs a database of its own: {error}. Set INCUBATOR_INSTANCE to an empty folder."
            ) from error
        if not loaded:
            click.echo("Loading the demonstration (some ten seconds, once) …")
            load_demonstration(app)
        return _introduction(host, port, accounts())


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


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write the database and the attachments to FILE, while people go on working.

    For SQLite; with PostgreSQL it says which pg_dump to run.
    """
    from incubator.config import from_environment
    from incubator.jobs.backup import back_up

    made = back_up(from_environment(), file)
    click.echo(
        f"{made.file} holds the database and {made.attachments:,} attachments ({made.size / 1_000_000:,.1f} MB).\n"
        "It does not hold the secret (INCUBATOR_SECRET_KEY, or the file “secret” in the instance folder). Keep that "
        "elsewhere: without it the audit trail cannot be verified."
    )


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Put a backup into an installation that has no database yet."""
    from incubator.config import from_environment
    from incubator.jobs.backup import restore as put_back

    done = put_back(from_environment(), file)
    click.echo(
        f"The database and {done.attachments:,} attachments are back. Look at them with: incubator check"
    )


@main.command()
@click.option("--anchor", default="", help="The digest noted earlier: the audit trail must still contain it.")
def check(anchor: str) -> None:
    """Check that the installation is sound: its version, its files, its counts, its audit trail."""
    from incubator.jobs.soundness import findings

    sound = True
    for finding in findings(_app(), anchor or None):
        click.echo(("" if finding.sound else "Not sound: ") + finding.sentence)
        sound = sound and finding.sound
    if not sound:
        sys.exit(1)


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

    app = _ready_app()
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

    app = _ready_app()
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
def measures(file: Path, dry_run: bool, url: str) -> None:
    """Import performance measures published with a budget (CSV, XLSX or XLS).

    Columns: edition, department, program, measure, period_label, value. Each program becomes a record, each
    measure a metric with its yearly values and targets. Ends with 0 when every row came in, 1 when the file could
    not be read or rows were refused.
    """
    from incubator.jobs.inventory_report import importing_problems
    from incubator.jobs.measures import describe_measures, import_measures_file

    app = _ready_app()
    with importing_problems():
        done = import_measures_file(app, file, dry_run=dry_run, source_url=url)
    click.echo(describe_measures(done))
    if done.measures.report.refused:
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

    app = _ready_app()
    with app.app_context():
        result = verify_chain(db.session(), anchor=anchor or None)
    click.echo(result.sentence)
    if not result.whole:
        sys.exit(1)


@verify.command()
@click.argument("file", type=click.Path(path_type=Path))
def dossier(file: Path) -> None:
    """Check that FILE is the sealed dossier of a decision, and that nothing behind it was changed.

    Ends with 0 when file, evidence and audit trail are unchanged, 1 when something differs or the file is unknown,
    2 when it cannot be read.
    """
    from incubator.jobs.dossier_check import UnreadableFile, check_file

    app = _ready_app()
    try:
        checked = check_file(app, file)
    except UnreadableFile as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
    click.echo("\n".join(checked.sentences))
    if not checked.unchanged:
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
