"""A small application that shows every component once, with the words and amounts a real page would hold."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from flask import Flask, flash, jsonify, render_template, request
from flask_babel import Babel
from flask_login import LoginManager, UserMixin
from flask_wtf import CSRFProtect, FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    FileField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from incubator.web.assets import register_assets
from incubator.web.formats import register_formats

PROJECT = Path(__file__).resolve().parents[2]
POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'"


class Person(UserMixin):
    id = 7
    name = "Dana Ruiz"
    time_zone = "America/Denver"


class IdeaForm(FlaskForm):
    title = StringField(
        "Name of the idea",
        [InputRequired("Enter a name for the idea"), Length(max=100)],
        description="A few plain words, for example “Chat helper for permit questions”.",
    )
    problem = TextAreaField(
        "What problem would this solve?",
        [InputRequired("Describe the problem")],
        description="Who has the problem, how often, and what it costs them.",
    )
    agency = SelectField(
        "Agency",
        [InputRequired("Choose the agency")],
        choices=[
            SelectChoice("", "Choose…"),
            SelectChoice("dot", "Transportation"),
            SelectChoice("dhs", "Human Services"),
        ],
    )
    kind = RadioField(
        "What kind of technology is it?",
        [InputRequired("Choose the kind of technology")],
        choices=[
            SelectChoice("ai", "Artificial intelligence or machine learning"),
            SelectChoice("forms", "Automation or forms"),
        ],
    )
    cost = StringField(
        "Most you expect to spend on the pilot", [InputRequired("Enter an amount, such as $90,000")]
    )
    start = DateField("Earliest start date")
    data = SelectMultipleField(
        "What data would the pilot use?",
        description="Choose all that apply.",
        choices=[SelectChoice("public", "Public data"), SelectChoice("personal", "Personal information")],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    agreed = BooleanField(
        "Our lead has agreed to this idea", [InputRequired("Confirm that your lead agreed")]
    )
    picture = FileField("Attachment", description="PDF, Word or picture, up to 20 MB.")

    def validate_cost(self, field: StringField) -> None:
        if field.data and not field.data.isdigit():
            raise ValidationError("Enter an amount, such as $90,000")


class ScoreForm(FlaskForm):
    value = RadioField(
        "Public value",
        [InputRequired()],
        choices=[
            SelectChoice("1", "1"),
            SelectChoice("3", "3"),
            SelectChoice("5", "5"),
            SelectChoice("na", "Not applicable"),
        ],
    )
    cost = RadioField(
        "Cost",
        [InputRequired()],
        choices=[
            SelectChoice("1", "1"),
            SelectChoice("3", "3"),
            SelectChoice("5", "5"),
            SelectChoice("na", "Not applicable"),
        ],
    )


@dataclass(frozen=True)
class Listing:
    page: int = 4
    pages: int = 9
    total: int = 1_203
    first: int = 76
    last: int = 100
    sort: str = "gate"
    descending: bool = True

    def url(self, **changes: Any) -> str:
        return "?" + "&".join(f"{key}={value}" for key, value in changes.items() if value is not None)


CHART = (
    '<svg class="chart" viewBox="0 0 600 160" role="img" aria-labelledby="{0}-t {0}-d"><title id="{0}-t">Wait</title>'
    '<desc id="{0}-d">From 50 to 29 minutes.</desc><rect x="40" y="30" width="480" height="60" fill="var(--c-band,#d9e8f6)"/>'
    '<path d="M40 60 160 50 280 80 400 100 520 120" fill="none" stroke="var(--c-blue,#005ea2)" stroke-width="3"/>'
    '<text x="528" y="124" font-size="14" fill="var(--c-ink,#1b1b1b)">Latest 29</text></svg>'
)  # fmt: skip

CONTENT: dict[str, Any] = {
    "listing": Listing(),
    "pilots": [
        ("Permit chatbot", "P-031", "Transportation", "On track", "go", date(2026, 11, 10), 3.9, 18_000_000),
        ("Drone bridge inspection with a rather long name", "P-030", "Human Services", "Decision overdue", "late", date(2026, 12, 11), 4.1, 26_000_050),
        ("Digital ID wallet", "P-028", "Natural Resources", "Waiting for the agency", "wait", None, None, None),
    ],
    "steps": [
        {"label": "Idea", "state": "completed", "note": "Sep 2, 2025"}, {"label": "Design", "state": "completed", "note": "Oct 14, 2025"},
        {"label": "Pilot", "state": "current", "note": "Gate review Nov 30, 2026"}, {"label": "Scale", "state": "upcoming"},
        {"label": "In service", "state": "upcoming"},
    ],
    "stopped": [{"label": "Idea", "state": "completed", "note": "Sep 2, 2025"}, {"label": "Design", "state": "stopped", "note": "Mar 3, 2026"}],
    "side": [
        {"url": "#main", "label": "Overview", "current": True}, {"url": "#tags", "label": "Metrics", "count": 5},
        {"url": "#charts", "label": "Gates and decisions"}, {"url": "#lists", "label": "History"},
    ],
    "tasks": [
        {"label": "The problem and the idea", "url": "#main", "status": "Completed"},
        {"label": "People and equity", "url": "#main", "status": "In progress", "tone": "go", "hint": "Two answers are missing"},
        {"label": "Check and submit", "status": "Cannot start yet"},
    ],
    "tiles": [
        {"label": "In pilot", "value": 6, "url": "#main"}, {"label": "Waiting for a decision", "value": 4, "url": "#main"},
        {"label": "Past their gate date", "value": 2, "url": "#main", "tone": "late", "note": "Oldest: 41 days"},
        {"label": "Money in work", "value": "$1.2 million"},
    ],
    "events": [
        {"when": datetime(2026, 11, 2, 17, 42, tzinfo=UTC), "sentence": "The gate board advanced the pilot to Scale.", "who": "Dana Ruiz",
         "detail": "Average wait is below target.\nTwo conditions."},
        {"when": datetime(2026, 7, 1, 3, 5, tzinfo=UTC), "sentence": "The decision became overdue.", "who": "The system"},
    ],
    "people": [{"name": "Dana Ruiz", "role": "Pilot lead", "detail": "Transportation"}, {"name": "Lee Park", "role": "Product owner", "url": "#main"}],
    "conflict": [
        {"label": "Problem", "theirs": "Contractors wait on the phone.", "yours": "Contractors wait 50 minutes on the phone."},
        {"label": "Agency", "theirs": "Transportation", "yours": "Transportation"},
    ],
    "chips": [{"label": "Stage", "value": "Pilot", "url": "?"}, {"label": "Agency", "value": "Transportation", "url": "?"}],
    "header": ["Month", "Wait (minutes)", "Signal"],
    "rows": [["January 2026", 50, "Routine"], ["February 2026", 1_234.5, "Improvement"], ["March 2026", None, "Missing"]],
    "chart_wide": CHART.format("w"), "chart_narrow": CHART.format("n"),
    "job": {"label": "Importing the 2025 inventory", "percent": 40, "finished": False, "message": "1,444 of 3,611 rows"},
}  # fmt: skip

NAVIGATION = [
    {"url": "/", "label": "My work", "current": True, "count": 3},
    {"url": "/portfolio", "label": "Portfolio"},
    {"url": "/propose", "label": "Propose a pilot"},
    {"url": "/reports", "label": "Reports"},
]


def gallery() -> Flask:
    """The application; `/` shows everything, `/form` a refused form, `/error/<code>` an error page."""
    app = Flask(__name__, root_path=str(PROJECT), template_folder="templates", static_folder="static",
                instance_path=str(PROJECT / "instance"))  # fmt: skip
    app.jinja_loader.searchpath.append(str(Path(__file__).parent / "gallery_pages"))  # type: ignore[union-attr]
    app.config.update(SECRET_KEY="gallery", PRODUCT_NAME="Incubator", OFFICE_NAME="State Office of Information Technology",
                      DEMONSTRATION=True, IMPORT_MEGABYTES=60, TIME_ZONE="America/Denver", TESTING=True)  # fmt: skip
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    Babel(app)
    CSRFProtect(app)
    LoginManager(app).request_loader(lambda _request: Person())
    register_assets(app)
    register_formats(app)
    app.jinja_env.globals["new_key"] = lambda: "0b7c0d3c"
    app.context_processor(lambda: {
        "navigation": NAVIGATION, "account_url": "/account", "sign_out_url": "/sign-out", "help_url": "/help",
    })  # fmt: skip
    saves: list[dict[str, str]] = []
    app.extensions["saves"] = saves

    @app.get("/")
    def everything() -> str:
        flash("The draft was saved.", "success")
        flash({"text": "The milestone was removed.", "undo_url": "/undo", "fields": {"milestone": 4}}, "info")  # type: ignore[arg-type]
        return render_template(
            "everything.html", form=IdeaForm(), scores=ScoreForm(prefix="score-"), **CONTENT
        )

    @app.route("/form", methods=["GET", "POST"])
    def refused() -> tuple[str, int]:
        form = IdeaForm(
            formdata=request.form if request.form else MultiDict([("cost", "a lot"), ("start", "soon")])
        )
        form.validate()
        form.form_errors.append("The call closed on March 1, 2026.")
        return render_template("refused.html", form=form), 422

    @app.post("/autosave")
    def autosave() -> Any:
        time.sleep(app.config.get("AUTOSAVE_SECONDS", 0))
        saves.append(dict(request.form))
        answer = app.config.get("AUTOSAVE", 200)
        if answer != 200:
            return jsonify(message="no"), answer
        return jsonify(version=len(saves) + 1, message="Saved 10:42 a.m.")

    @app.get("/similar")
    def similar() -> Any:
        return jsonify(
            items=[{"title": f"Like {request.args['q']} <b>", "url": "/", "detail": "Transportation, 2025"}]
        )

    @app.get("/job")
    def job() -> Any:
        return jsonify(percent=60, label="Importing", message="2,166 of 3,611 rows", finished=False)

    @app.get("/error/<code>")
    def error(code: str) -> str:
        rows = CONTENT["conflict"] if code == "409" else []
        return render_template(f"errors/{code}.html", rows=rows)

    @app.after_request
    def policy(response: Any) -> Any:
        response.headers["Content-Security-Policy"] = POLICY
        return response

    return app


if __name__ == "__main__":
    gallery().run(port=5099)
