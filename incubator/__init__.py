"""Incubator: one record from an agency's need to the benefit checked later."""

from __future__ import annotations

import hashlib
import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from incubator.config import Settings

# Two threads of linear algebra that wait for one busy processor are many times slower than one thread alone.
# It must be said before NumPy is loaded, so here.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application: settings, extensions, then what people reach."""
    from flask import Flask

    from incubator.config import from_environment
    from incubator.web import register_web

    settings = settings or from_environment()
    settings.instance.mkdir(parents=True, exist_ok=True)
    site = _site()
    app = Flask(
        __name__,
        instance_path=str(settings.instance),
        template_folder=str(site / "templates"),
        static_folder=str(site / "static"),
    )
    app.config.from_mapping(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings),
        SESSION_COOKIE_NAME="incubator",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(days=7),  # the rows decide; an old cookie says whose text it was
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        # The form around the largest file needs some bytes of its own.
        MAX_CONTENT_LENGTH=settings.import_megabytes * 1_000_000 + 100_000,
        MAX_FORM_MEMORY_SIZE=4_000_000,
        MAX_FORM_PARTS=3_000,
        IMPORT_MEGABYTES=settings.import_megabytes,
        PRODUCT_NAME=settings.product_name,
        OFFICE_NAME=settings.office_name,
        TIME_ZONE=settings.time_zone,
        DEMONSTRATION=settings.demonstration,
        BABEL_DEFAULT_TIMEZONE=settings.time_zone,
    )
    _keep_office_zone(app)
    _bind_extensions(app)
    register_web(app)
    if settings.production:
        _refuse_demonstration(app)
    return app


def _refuse_demonstration(app: Flask) -> None:
    """Raise SettingsError where anybody can sign in with the password that the demonstration prints."""
    from sqlalchemy.exc import DBAPIError

    from incubator.config import SettingsError
    from incubator.database import reading
    from incubator.extensions import db
    from incubator.queries.ready_accounts import ready_accounts

    with app.app_context(), reading():
        try:
            there = ready_accounts(db.session())
        except DBAPIError:  # no database yet, or none that answers: the commands say so themselves
            there = ()
    if there:
        raise SettingsError(
            f"In production the database must not hold the demonstration's accounts, but it holds {len(there)}, the "
            f"first {there[0].email}. Set INCUBATOR_DATABASE_URL to a database of your own."
        )


def _keep_office_zone(app: Flask) -> None:
    """While a context of this application is active, days are those of its office."""
    from flask import appcontext_pushed, g

    from incubator.domain.clock import current_office_zone, set_office_zone

    def begin(_app: Flask, **_extra: object) -> None:
        g.setdefault("zone_before", current_office_zone())
        set_office_zone(app.config["TIME_ZONE"])

    def end(_error: BaseException | None) -> None:
        set_office_zone(g.pop("zone_before"))

    appcontext_pushed.connect(begin, app, weak=False)
    app.teardown_appcontext(end)


def _site() -> Path:
    """Templates and static files: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).resolve().parent
    beside = package.parent
    return beside if (beside / "templates" / "layout.html").exists() else package / "_site"


def _engine_options(settings: Settings) -> dict[str, object]:
    key = hashlib.sha256(b"audit trail\0" + settings.secret_key.encode()).digest()
    # What people type and their password hashes stay out of logs and of the texts of faults.
    options: dict[str, object] = {"execution_options": {"audit_key": key}, "hide_parameters": True}
    if settings.database_url.startswith("postgresql"):
        # Compiling a statement costs PostgreSQL many times what these short ones take to run.
        # A server that is away, or a lock that nobody gives back, is answered with 503 within seconds.
        spoken = {"options": "-c jit=off -c lock_timeout=10s", "connect_timeout": 5}
        options |= {"pool_pre_ping": True, "pool_size": 5, "max_overflow": 10, "connect_args": spoken}
        options |= {"pool_timeout": 10}
    return options


def _bind_extensions(app: Flask) -> None:
    from incubator import models  # noqa: F401 - the tables must be known before the database is bound
    from incubator.database import configure_engine
    from incubator.extensions import babel, csrf, db, login_manager, migrate

    db.init_app(app)
    migrate.init_app(app, db, directory=str(Path(__file__).parent / "migrations"))
    login_manager.init_app(app)
    csrf.init_app(app)
    babel.init_app(app)
    with app.app_context():
        configure_engine(db.engine)
