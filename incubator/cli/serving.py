"""Commands that make ready and run: the database, the server, the worker, the demonstration."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from contextlib import ExitStack
from subprocess import Popen
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

import click

from incubator.cli.commands import main, migrate, new_app, ready_app

if TYPE_CHECKING:
    from flask import Flask


@main.command()
def init() -> None:
    """Create the database, or bring it to the newest form, and prepare the charts' typeface."""
    from incubator.charts import warm

    app = new_app()
    migrate(app)
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
        _serve(ready_app(), listener, host, threads, with_worker=with_worker)


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
        # Twice the limit, so that what is somewhat too large is refused on a page and not by the server.
        max_request_body_size=app.config["SETTINGS"].import_megabytes * 2_000_000,
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
    run_worker(ready_app(), stop, workers=workers)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--load-only", is_flag=True, help="Load the demonstration, but do not serve.")
def demo(host: str, port: int, load_only: bool) -> None:
    """Load the demonstration into a new database and serve it."""
    if os.environ.get("INCUBATOR_PRODUCTION") == "1":
        raise click.ClickException(
            "The demonstration is not loaded in production: unset INCUBATOR_PRODUCTION."
        )
    with ExitStack() as stack:
        listener = None if load_only else stack.enter_context(_reserve(host, port))
        # Both also tell the worker, which reads its settings itself.
        os.environ["INCUBATOR_DEMONSTRATION"] = "1"
        os.environ["INCUBATOR_BASE_URL"] = f"http://{host}:{port}"
        app = new_app()
        migrate(app)
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
            click.echo("Loading the demonstration (half a minute, once) …")
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
