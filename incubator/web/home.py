"""Everybody's first page: what waits for them, what is overdue, and the two charts that matter to their role."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from flask import render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from markupsafe import Markup

from incubator.domain.access import Action, can
from incubator.domain.ai import AiLevel
from incubator.domain.clock import office_day
from incubator.domain.pilots import REPORT_STATES, ReportState
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.extensions import db
from incubator.queries import home as query
from incubator.queries.home_rows import SHOWN, Group, Kind, Task
from incubator.queries.next_steps import next_steps
from incubator.queries.portfolio import Filters
from incubator.queries.remembered import Memory
from incubator.web import portfolio_charts as charts
from incubator.web.formats import day
from incubator.web.next_steps import waiting_words
from incubator.web.portfolio_filters import rows_url
from incubator.web.sessions import current_actor, now
from incubator.web.words import label, tone

ROLE_CHARTS: dict[Role, tuple[str, str]] = {
    Role.LEADERSHIP: ("flow", "ageing"),
    Role.GATEKEEPER: ("value", "ageing"),
    Role.COORDINATOR: ("ageing", "flow"),
    Role.EVALUATOR: ("ageing", "ends"),
    Role.PILOT_LEAD: ("money", "ageing"),
    Role.ADMINISTRATOR: ("flow", "money"),
    Role.AGENCY_LEAD: ("flow", "money"),
    Role.SUBMITTER: ("flow", "money"),
    Role.REVIEWER: ("flow", "ends"),
}
"""The two charts of each role; a person with several roles sees those of the first one here."""


MOST_SHOWN = 500
"""Lines of each kind on the page that leaves none out."""

WAITING = {
    Kind.SECOND_NAME: _l("Not locked yet"),
    Kind.ESCALATION: _l("No answer yet"),
    Kind.TAKE_OVER: _l("Not accepted yet"),
}
"""Kinds without a day of their own: what is still missing."""

WITH_OTHERS = (Kind.DECIDE, Kind.OVERDUE)
"""Kinds that hold what somebody else must act on; the detail is the record's id then."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of work."""

    url: str
    label: str
    hint: str
    status: str
    tone: str


@dataclass(frozen=True, slots=True)
class Block:
    """One kind of work with its first lines; `url` leads to all of it where there is such a page."""

    kind: Kind
    title: str
    items: tuple[Item, ...]
    total: int
    url: str


def render_home() -> str:
    """The page. What a person sees changes only when something happens, so most of it is kept as written."""
    known = charts.my_memory()
    actor = current_actor()
    every = "all" in request.args
    body = known.of("home in full" if every else "home", lambda: _body(known, MOST_SHOWN if every else SHOWN))
    upkeep = query.upkeep(db.session(), now()) if actor.holds(Role.ADMINISTRATOR) else None
    figures = url_for("portfolio.programme") if can(actor, Action.SEE_STATISTICS) else ""
    return render_template(
        "pages/home/home.html",
        body=body,
        upkeep=upkeep,
        may_propose=bool(can(actor, Action.PROPOSE)),
        programme_url=figures,
    )


def _body(known: Memory, shown: int) -> Markup:
    actor = current_actor()
    work = query.work(db.session(), actor, now(), shown=shown)
    waiting = _waiting(work)
    blocks = [_block(group, waiting) for group in work]
    figures = charts.statistics(known, Filters()) if can(actor, Action.SEE_STATISTICS) else None
    return Markup(  # noqa: S704 - rendered by a template, so already escaped
        render_template(
            "pages/home/body.html",
            waiting=[block for block in blocks if block.kind not in (Kind.MINE, Kind.OVERDUE)],
            mine=next((block for block in blocks if block.kind is Kind.MINE), None),
            late=next((block for block in blocks if block.kind is Kind.OVERDUE), None),
            figures=figures,
            drawn=[charts.figure(known, Filters(), name, prefix="home-") for name in _charts(known)],
            year=office_day(now()).year,
            rows_url=partial(rows_url, Filters()),
            may_propose=bool(can(actor, Action.PROPOSE)),
        )
    )


def _waiting(work: Iterable[Group]) -> dict[int, str]:
    """Who must act on what somebody else must act on, by the record's id."""
    others = [task for group in work if group.kind in WITH_OTHERS for task in group.tasks if task.detail]
    known = {int(task.detail): task.waits for task in others if task.waits is not None}
    unknown = {int(task.detail) for task in others} - known.keys()
    steps = next_steps(db.session(), sorted(unknown), now=now()) if unknown else {}
    return waiting_words({**steps, **known})


def _charts(known: Memory) -> tuple[str, ...]:
    """The role's two charts; none before there is a record to draw."""
    actor = current_actor()
    chosen = next((names for role, names in ROLE_CHARTS.items() if actor.holds(role)), ())
    if not chosen or not charts.statistics(known, Filters()).tiles.records:
        return ()
    return chosen


def _block(group: Group, waiting: Mapping[int, str]) -> Block:
    title, url = _heading(group)
    return Block(group.kind, title, tuple(_item(task, waiting) for task in group.tasks), group.total, url)


def _heading(group: Group) -> tuple[str, str]:
    """What a kind is called and where all of it is found."""
    if group.kind is Kind.DECIDE:
        return _("Ready or overdue at your gates"), url_for("gates.queue", when="now")
    if group.kind is Kind.OVERDUE:
        return _("Overdue elsewhere"), url_for("portfolio.index", due="overdue", sort="due", order="asc")
    headings: dict[Kind, tuple[str, str]] = {
        Kind.ANSWER: (_("Questions to answer"), ""),
        Kind.SIGN_OFF: (_("Proposals to sign off"), ""),
        Kind.ALERT: (_("Guardrail alerts to answer"), ""),
        Kind.REVIEW: (_("Reviews to write"), "reviews.queue"),
        Kind.BID: (_("Say what you would like to review"), "reviews.queue"),
        Kind.SIGN: (_("Waiting for your second signature"), ""),
        Kind.RELEASE: (_("Decisions to prepare, sign or release"), ""),
        Kind.SECOND_NAME: (_("Plans that wait for a second name"), ""),
        Kind.VERDICT: (_("Verdicts to record"), ""),
        Kind.ENDORSE: (_("Uses of AI to endorse"), ""),
        Kind.ESCALATION: (_("Escalated uses of AI to answer"), ""),
        Kind.TAKE_OVER: (_("Products to accept"), ""),
        Kind.SCREEN: (_("Proposals to screen"), "screening.queue"),
        Kind.ASSIGN: (_("Calls that wait for an assignment"), "calls.index"),
        Kind.MISSING: (_("Reviews still missing"), "reviews.assignments"),
        Kind.PLAN: (_("Pilots to plan"), ""),
        Kind.CONFIRM: (_("Points to confirm before a decision"), ""),
        Kind.ACCEPT: (_("Progress reports to accept"), ""),
        Kind.CONDITION: (_("Conditions to meet"), ""),
        Kind.REPORT: (_("Progress reports to write"), ""),
        Kind.READING: (_("Readings due"), ""),
        Kind.BENEFIT: (_("Benefits to measure"), ""),
        Kind.AI_CHECK: (_("Uses of AI to check"), ""),
        Kind.MILESTONE: (_("Milestones ahead"), ""),
        Kind.VERIFY: (_("Readings to verify"), ""),
        Kind.COMMITMENT: (_("Commitments due"), ""),
        Kind.DRAFT: (_("Drafts to finish"), ""),
        Kind.MINE: (_("Your agency's proposals and pilots"), "portfolio.index"),
    }
    title, endpoint = headings[group.kind]
    return title, url_for(endpoint) if endpoint else ""


def _item(task: Task, waiting: Mapping[int, str]) -> Item:
    status, how = _status(task)
    hint = task.about
    if task.kind in (Kind.SIGN, Kind.SECOND_NAME):
        hint = _("Proposed by %(name)s", name=task.about)
    if task.kind in WITH_OTHERS and task.detail:
        hint = _("%(agency)s. Waiting on: %(who)s", agency=task.about, who=waiting[int(task.detail)])
    return Item(_address(task), task.title, hint, status, how)


def _address(task: Task) -> str:
    if task.kind is Kind.REVIEW:
        return url_for("reviews.score", review_id=int(task.ref))
    if task.kind is Kind.BID:
        return url_for("reviews.bids", slug=task.ref)
    if task.kind is Kind.ASSIGN:
        return url_for("assignment.show", slug=task.ref)
    if task.kind is Kind.RELEASE:
        return url_for("releases.show", slug=task.ref)
    if task.kind is Kind.SIGN:
        return url_for("gates.approve", number=task.ref, contrary_id=int(task.detail))
    if task.kind is Kind.SECOND_NAME:
        return url_for("pilots.confirm_lock", number=task.ref, lock_id=int(task.detail))
    if task.kind is Kind.ALERT:
        return url_for("evaluation.answer_alert", number=task.ref, alert_id=int(task.detail))
    if task.kind is Kind.COMMITMENT:
        return url_for("agencies.show", code=task.ref)
    endpoints = {
        Kind.DRAFT: "proposals.tasks",
        Kind.SIGN_OFF: "proposals.tasks",
        Kind.ANSWER: "screening.show",
        Kind.SCREEN: "screening.show",
        Kind.MISSING: "reviews.on_record",
        Kind.DECIDE: "gates.on_record",
        Kind.OVERDUE: "gates.on_record",
        Kind.CONDITION: "gates.on_record",
        Kind.PLAN: "pilots.plan",
        Kind.CONFIRM: "gates.on_record",
        Kind.ACCEPT: "pilots.reports",
        Kind.REPORT: "pilots.reports",
        Kind.READING: "pilots.metrics",
        Kind.VERIFY: "pilots.metrics",
        Kind.MILESTONE: "pilots.milestones",
        Kind.VERDICT: "evaluation.results",
        Kind.ENDORSE: "ai.show",
        Kind.ESCALATION: "ai.answer",
        Kind.TAKE_OVER: "scaling.accept",
        Kind.BENEFIT: "pilots.benefits",
        Kind.AI_CHECK: "ai.show",
        Kind.MINE: "pilots.show",
    }
    return url_for(endpoints[task.kind], number=task.ref)


def _status(task: Task) -> tuple[str, str]:
    """A few words at the right of the line, and their tone."""
    if task.kind is Kind.MINE:
        step = Step(task.detail)
        return label(step), tone(step)
    if task.kind is Kind.MISSING:
        return ngettext("%(num)s review missing", "%(num)s reviews missing", int(task.detail)), "wait"
    if task.kind is Kind.SIGN:
        return _("Against the criteria"), "late"
    if task.kind in WAITING:
        return str(WAITING[task.kind]), "wait"
    if task.kind is Kind.ALERT:
        return _("Reading of %(day)s", day=day(task.due_on)), "late"
    if task.kind is Kind.ENDORSE:
        return label(AiLevel(task.detail)), tone(AiLevel(task.detail))
    if task.kind is Kind.VERDICT:
        return ngettext(
            "%(num)s criterion at its horizon", "%(num)s criteria at their horizon", int(task.detail)
        ), "wait"
    if task.kind is Kind.BENEFIT and task.detail:
        return _("%(count)s months after scaling", count=task.detail), "wait"
    if task.kind is Kind.RELEASE:
        return _of_release(task)
    if task.kind is Kind.BID:
        return ngettext("%(num)s proposal", "%(num)s proposals", int(task.detail)), "wait"
    if task.kind is Kind.ASSIGN:
        return ngettext(
            "%(num)s proposal without reviewers", "%(num)s proposals without reviewers", int(task.detail)
        ), "wait"
    if task.kind is Kind.VERIFY:
        return ngettext("%(num)s reading", "%(num)s readings", int(task.detail)), "neutral"
    if task.kind is Kind.DRAFT:
        return _("Draft"), "neutral"
    if task.kind is Kind.REPORT and task.detail == ReportState.RETURNED:
        words = REPORT_STATES[ReportState.RETURNED]
        return _(words.staff), words.tone
    return _due(task)


def _of_release(task: Task) -> tuple[str, str]:
    """How many decisions of a call are to be prepared, signed and released, and whether one of them is late."""
    prepare, sign, release = (int(number) for number in task.detail.split(","))
    parts = (
        (prepare, _("%(num)s to prepare", num=prepare)),
        (sign, _("%(num)s to sign", num=sign)),
        (release, _("%(num)s to release", num=release)),
    )
    said, (due, how) = ", ".join(words for number, words in parts if number), _due(task)
    return (f"{said}; {due}", how) if how == "late" else (said, "wait")


def _due(task: Task) -> tuple[str, str]:
    if task.due_on is None:
        return _("No date"), "neutral"
    left = (task.due_on - office_day(now())).days
    if left < 0:
        return ngettext("%(num)s day overdue", "%(num)s days overdue", -left), "late"
    if left == 0:
        return _("Due today"), "wait"
    return _("Due %(day)s", day=day(task.due_on)), "neutral"
