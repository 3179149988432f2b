"""Commands that keep an installation safe: copies, checks, what was sealed, the first administrator."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from incubator.cli.commands import main, migrate, new_app, ready_app


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
    for finding in findings(new_app(), anchor or None):
        click.echo(("" if finding.sound else "Not sound: ") + finding.sentence)
        sound = sound and finding.sound
    if not sound:
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

    app = ready_app()
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

    app = ready_app()
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

    app = new_app()
    migrate(app)
    with app.app_context():
        click.echo(invite_first_administrator(email, name))
