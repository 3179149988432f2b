"""The group that all commands belong to, and the application as they need it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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


def new_app(**overrides: Any) -> Flask:
    from dataclasses import replace

    from incubator import create_app
    from incubator.config import from_environment

    return create_app(replace(from_environment(), **overrides))


def ready_app() -> Flask:
    """The application, when its database has the version it expects; else what to do about it."""
    from incubator.jobs.schema import ADVICE, Standing, standing

    app = new_app()
    state = standing(app)
    if state not in (Standing.CURRENT, Standing.UNVERSIONED):
        raise click.ClickException(ADVICE[state])
    return app


def migrate(app: Flask) -> None:
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
