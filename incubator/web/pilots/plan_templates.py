"""Starting the plan from a template for the kind of technology."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from incubator.domain.access import Action
from incubator.domain.evaluation_templates import KINDS, TEMPLATES, template_for
from incubator.domain.pilots import DIRECTIONS
from incubator.domain.pilots import KINDS as CRITERION_KINDS
from incubator.domain.plan_suggestions import Suggestion
from incubator.extensions import db
from incubator.flows import metrics as flow
from incubator.flows.amendments import Amending
from incubator.forms.evaluation_plan import TemplateForm
from incubator.queries import metrics as query
from incubator.queries.evaluation_plan import lock_of
from incubator.queries.pilots import technology_of
from incubator.queries.records import RecordHead
from incubator.web.guards import on_record
from incubator.web.languages import counted_words
from incubator.web.languages import gettext as _
from incubator.web.pilots.blueprint import blueprint, carry_out, status_of
from incubator.web.record_pages import render_record
from incubator.web.sessions import current_actor, now


@blueprint.route("/pilots/<number>/plan/templates", methods=["GET", "POST"])
@on_record(Action.PLAN)
def plan_templates(record: RecordHead) -> Any:
    """Tick the criteria to start with; they come without baselines and can be changed."""
    session = db.session()
    kind = request.args.get("kind", "") or technology_of(session, record.id)
    kind = kind if kind in TEMPLATES else "other"
    template = template_for(kind)
    lock = lock_of(session, record.id)
    known = {metric.name.lower() for metric in query.metrics_of(session, record.id)}
    fresh = {each.key: each for each in template.criteria if _(each.name).lower() not in known}
    form = TemplateForm(
        suggestions=[(key, _label(each)) for key, each in fresh.items()], locked=lock.is_locked
    )
    if form.validate_on_submit():
        chosen = [fresh[key] for key in form.chosen.data or []]
        answer = carry_out(
            lambda session: flow.define_metrics(
                session,
                current_actor(),
                record.id,
                [_definition(each) for each in chosen],
                now=now(),
                amending=Amending(**form.amending),
            ),
            to=url_for("pilots.plan", number=record.number),
            said=counted_words(
                "%(num)s criterion is taken. Give it its baseline and target.",
                "%(num)s criteria are taken. Give them their baselines and targets.",
                len(chosen),
            ),
            form=form,
        )
        if answer is not None:
            return answer
    page = render_record(
        "pages/pilots/plan_templates.html",
        record,
        form=form,
        kinds=[(key, _(name)) for key, name in KINDS],
        kind=kind,
        suggested=template,
        hints={key: _hint(each) for key, each in fresh.items()},
        taken=[_(each.name) for each in template.criteria if each.key not in fresh],
    )
    return page, status_of(form)


def _label(each: Suggestion) -> str:
    return f"{_(each.name)} ({_(CRITERION_KINDS[each.kind].staff)})"


def _hint(each: Suggestion) -> str:
    return _(
        "%(direction)s, in %(unit)s. A case is: %(case)s. Left out: %(out)s. From: %(source)s.",
        direction=_(DIRECTIONS[each.direction].staff),
        unit=_(each.unit),
        case=_(each.denominator).rstrip("."),
        out=_(each.exclusions),
        source=_(each.source),
    )


def _definition(each: Suggestion) -> flow.Definition:
    return flow.Definition(
        name=_(each.name),
        unit=_(each.unit),
        direction=each.direction,
        kind=each.kind,
        baseline=None,
        baseline_note="",
        target=None,
        cadence=each.cadence,
        owner_name="",
        source=_(each.source),
        source_url="",
        measure=each.measure,
        per=each.per,
        denominator=_(each.denominator),
        exclusions=_(each.exclusions),
    )
