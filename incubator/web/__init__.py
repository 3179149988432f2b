"""What people reach: blueprints by area, guards, the transaction, failures and navigation."""

from __future__ import annotations

from importlib import import_module

from flask import Blueprint, Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from incubator.web import pilot_summary
from incubator.web.assets import register_assets
from incubator.web.charts_ahead import register_charts_ahead
from incubator.web.dossiers.ahead import register_dossiers
from incubator.web.failures import register_failures
from incubator.web.formats import register_formats
from incubator.web.guards import require_guards
from incubator.web.headers import register_headers
from incubator.web.ids import RowId, RowName
from incubator.web.languages import register_languages
from incubator.web.navigation import register_navigation
from incubator.web.ranking.ahead import register_ranking_ahead
from incubator.web.request_body import register_request_body
from incubator.web.sessions import register_sessions
from incubator.web.transaction import register_transactions
from incubator.web.words import register_words

AREAS = (
    "pages",
    "accounts",
    "agencies",
    "calls",
    "assignment",
    "rubrics",
    "proposals",
    "screening",
    "reviews",
    "panels",
    "redaction",
    "ranking",
    "gates",
    "releases",
    "pilots",
    "scaling",
    "ai",
    "benefits",
    "evaluation",
    "lessons",
    "dossiers",
    "portfolio",
    "priorities",
    "history",
    "inventory",
    "jobs",
)


def register_web(app: Flask) -> None:
    proxies = app.config["SETTINGS"].proxies
    if proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=0
        )
    app.url_map.converters |= {"int": RowId, "default": RowName}
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    register_request_body(app)
    register_transactions(app)
    register_sessions(app)
    register_assets(app)
    register_formats(app)
    register_languages(app)
    register_words(app)
    app.jinja_env.globals["summary_words"] = pilot_summary
    register_navigation(app)
    register_headers(app)
    register_failures(app)
    register_charts_ahead(app)
    register_ranking_ahead(app)
    register_dossiers(app)
    for area in AREAS:
        for value in vars(import_module(f"incubator.web.{area}")).values():
            if isinstance(value, Blueprint):
                app.register_blueprint(value)
    require_guards(app)
