"""Published performance measures into the records: a record for each program, its measures as metrics.

The same file again changes nothing. A changed one adds what is new and corrects what an import had written,
with what stood kept; what a person has recorded or corrected since is left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.clock import office_day
from incubator.domain.evaluation import Arm
from incubator.domain.events import EventKind
from incubator.domain.folding import fold
from incubator.domain.pilots import Cadence, CriterionKind, Direction
from incubator.domain.roles import Actor
from incubator.domain.stages import Origin, Precision, Provenance, Stage
from incubator.flows.inventory import check_importer
from incubator.flows.inventory_agencies import ensure_agencies
from incubator.flows.inventory_plan import MOST_TITLE
from incubator.flows.inventory_stages import place
from incubator.flows.measure_rows import keep_rows
from incubator.flows.record import Happening, record_many
from incubator.models.evaluation import MetricTarget
from incubator.models.inventory import (
    InventoryIdentity,
)
from incubator.models.pilots import Metric, Pilot, Reading
from incubator.models.proposals import Proposal, StageSpell

if TYPE_CHECKING:
    from incubator.imports.measures import Entry, Measure, Measures, Program

_MOST_NAMED = 100


@dataclass(frozen=True, slots=True)
class Department:
    agency_name: str
    agency_code: str = ""


def departments(measures: Measures) -> list[Department]:
    """What names the agency of each program, in their order."""
    return [Department(one.department) for one in measures.programs]


@dataclass
class MeasuresImported:
    """What an import wrote. `kept` are values that a person recorded and the file has otherwise; `ahead` are
    actuals of a year that is not over."""

    agencies: int = 0
    records: int = 0
    metrics: int = 0
    readings: int = 0
    targets: int = 0
    corrected: int = 0
    targets_changed: int = 0
    kept: int = 0
    ahead: int = 0

    @property
    def changes(self) -> int:
        return (
            self.agencies + self.records + self.metrics + self.readings + self.targets + self.corrected
            + self.targets_changed
        )  # fmt: skip


def import_measures(
    session: Session,
    actor: Actor,
    now: datetime,
    measures: Measures,
    *,
    source_url: str = "",
    answers: Mapping[str, str] | None = None,
) -> MeasuresImported:
    """Bring the measures in, in this transaction. `answers` say which agency a department is, by `agency_key`;
    raises DomainError where one is not settled."""
    check_importer(actor)
    done = MeasuresImported()
    agencies, happenings = ensure_agencies(session, departments(measures), answers or {})
    done.agencies = len(happenings)
    known = _known_records(session, measures.programs)
    proposals = []
    for program, agency in zip(measures.programs, agencies, strict=True):
        proposal_id = known.get(_identity(program))
        if proposal_id is None:
            number, agency.next_number = agency.next_number, agency.next_number + 1
            proposal = _begin_record(session, now, program, f"{agency.code}-{number:04}", agency.id, measures)
            proposal_id = proposal.id
            done.records += 1
            happenings.append(
                Happening(
                    EventKind.RECORD_IMPORTED,
                    proposal.id,
                    agency.id,
                    {"file": measures.report.file, "row": program.row},
                )
            )
        proposals.append((program, proposal_id, agency.id))
    pilots = _pilots(session, [proposal_id for _program, proposal_id, _agency in proposals])
    standing = _standing(session, list(pilots.values()))
    new = {
        (pilots[proposal_id], measure.key): _metric(
            measures, measure, position, pilots[proposal_id], program.department, source_url
        )
        for program, proposal_id, _agency in proposals
        for position, measure in enumerate(program.measures, start=1)
        if (pilots[proposal_id], measure.key) not in standing.metrics
    }
    session.add_all(new.values())
    session.flush()
    done.metrics = len(new)
    for program, proposal_id, agency_id in proposals:
        for measure in program.measures:
            key = pilots[proposal_id], measure.key
            told = _write(
                session,
                now,
                measures,
                measure,
                new.get(key) or standing.metrics[key],
                standing,
                done,
                is_new=key in new,
            )
            happenings += [
                Happening(kind, proposal_id, agency_id, {"metric": measure.name, **details})
                for kind, details in told
            ]
    if done.changes:
        created = {program.key for program in measures.programs if _identity(program) not in known}
        records = {program.key: proposal_id for program, proposal_id, _agency in proposals}
        keep_rows(session, actor, now, measures, records, created, agencies=done.agencies)
        report = measures.report
        summary = {
            "count": sum(len(program.measures) for program in measures.programs),
            "source": report.file,
            "sha256": report.sha256,
            "rows": {kind.value: number for kind, number in sorted(report.read.items())},
            "refused": len(report.refused),
            "unclear": [list(one) for one in report.unclear[:_MOST_NAMED]],
            "written": {name: value for name, value in vars(done).items() if value},
        }
        record_many(
            session, actor, now, [Happening(EventKind.MEASURES_IMPORTED, details=summary), *happenings]
        )
    return done


@dataclass
class _Standing:
    """What the database holds for these pilots, by metric id."""

    metrics: dict[tuple[int, str], Metric]
    readings: dict[int, dict[object, Reading]]
    targets: dict[int, dict[tuple[str, str], MetricTarget]]


def _identity(program: Program) -> str:
    return f"measures: {program.key}"


def _known_records(session: Session, programs: Sequence[Program]) -> dict[str, int]:
    """Records by identity; one merged into another counts as that one."""
    rows = session.execute(
        sa.select(InventoryIdentity.key, Proposal.id, Proposal.merged_into_id)
        .join(Proposal, Proposal.id == InventoryIdentity.proposal_id)
        .where(InventoryIdentity.key.in_([_identity(program) for program in programs]))
    )
    return {row.key: row.merged_into_id or row.id for row in rows}


def _begin_record(
    session: Session, now: datetime, program: Program, number: str, agency_id: int, measures: Measures
) -> Proposal:
    title = program.name[:MOST_TITLE]
    proposal = Proposal(
        number=number,
        title=title,
        title_key=fold(title),
        agency_id=agency_id,
        origin=Origin.INVENTORY,
        source_note=(
            f"Its measures are imported from “{measures.report.file}”, published elsewhere. It did not pass the "
            "gates here, so no decision is due on it until it is taken up."
        ),
        created_at=now,
        changed_at=now,
        **place(Stage.IN_SERVICE, {}, now).columns(now),
    )
    session.add(proposal)
    session.flush()
    session.add(InventoryIdentity(key=_identity(program), weak=False, proposal_id=proposal.id))
    session.add(
        StageSpell(proposal_id=proposal.id, stage=Stage.IN_SERVICE, entered_at=now, precision=Precision.NONE)
    )
    session.add(Pilot(proposal_id=proposal.id))
    return proposal


def _pilots(session: Session, proposal_ids: Sequence[int]) -> dict[int, int]:
    session.flush()
    found = {
        row.proposal_id: row.id
        for row in session.execute(
            sa.select(Pilot.proposal_id, Pilot.id).where(Pilot.proposal_id.in_(proposal_ids))
        )
    }
    for proposal_id in proposal_ids:
        if proposal_id not in found:
            pilot = Pilot(proposal_id=proposal_id)
            session.add(pilot)
            session.flush()
            found[proposal_id] = pilot.id
    return found


def _standing(session: Session, pilot_ids: Sequence[int]) -> _Standing:
    metrics = session.scalars(
        sa.select(Metric).where(Metric.pilot_id.in_(pilot_ids), Metric.source_key.is_not(None))
    ).all()
    of_these = sa.select(Metric.id).where(Metric.pilot_id.in_(pilot_ids), Metric.source_key.is_not(None))
    found = _Standing({(one.pilot_id, one.source_key or ""): one for one in metrics}, {}, {})
    readings = sa.select(Reading).where(
        Reading.metric_id.in_(of_these),
        Reading.replaced_at.is_(None),
        Reading.arm == Arm.PILOT,
        Reading.unit == "",
    )
    for reading in session.scalars(readings):
        found.readings.setdefault(reading.metric_id, {})[reading.taken_on] = reading
    for target in session.scalars(sa.select(MetricTarget).where(MetricTarget.metric_id.in_(of_these))):
        found.targets.setdefault(target.metric_id, {})[target.label, target.edition] = target
    return found


def _write(
    session: Session,
    now: datetime,
    measures: Measures,
    measure: Measure,
    metric: Metric,
    standing: _Standing,
    done: MeasuresImported,
    *,
    is_new: bool,
) -> list[tuple[EventKind, Mapping[str, object]]]:
    """A measure's values and targets; what is to be told of it."""
    readings, corrections = _readings(session, now, measures, metric, measure, standing, done)
    targets, changed = _targets(session, metric, measure, standing, done)
    if is_new:
        return [(EventKind.METRIC_DEFINED, {"readings": readings, "targets": targets})]
    told: list[tuple[EventKind, Mapping[str, object]]] = []
    reason = _reason(measures)
    if readings:
        told.append((EventKind.READINGS_RECORDED, {"count": readings}))
    if corrections:
        told.append((EventKind.READING_CORRECTED, {"reason": reason, "corrections": corrections}))
    wanted = measure.target()
    value = wanted.figure.value if wanted else None
    if changed and metric.target != value and metric.baseline is None:
        changed["target"] = [metric.target, value]
        metric.target = value
    if changed or targets:
        told.append(
            (EventKind.METRIC_CHANGED, {"reason": reason, "targets": changed, "new_targets": targets})
        )
    return told


def _metric(
    measures: Measures, measure: Measure, position: int, pilot_id: int, owner: str, source_url: str
) -> Metric:
    """A goal where it has a target and its words say which way is better; else context, which judges nothing."""
    direction, target = measure.guess.direction, measure.target()
    is_goal = direction is not None and target is not None
    said = (
        "The better direction is guessed from the measure's words."
        if direction is not None
        else "Which direction is better is not known."
    )
    return Metric(
        pilot_id=pilot_id,
        name=measure.name,
        unit=measure.guess.unit,
        direction=direction or Direction.UP,
        kind=CriterionKind.GOAL if is_goal else CriterionKind.CONTEXT,
        target=target.figure.value if target else None,
        cadence=Cadence.YEARLY,
        owner_name=owner,
        source=f"Published once a fiscal year; imported from “{measures.report.file}”. {said}",
        source_url=source_url,
        provenance=Provenance.PUBLISHED,
        position=position,
        source_key=measure.key,
    )


def _readings(
    session: Session,
    now: datetime,
    measures: Measures,
    metric: Metric,
    measure: Measure,
    standing: _Standing,
    done: MeasuresImported,
) -> tuple[int, list[dict[str, object]]]:
    """How many values are new, and those corrected."""
    current = standing.readings.get(metric.id, {})
    new, corrections = 0, list[dict[str, object]]()
    for entry in measure.actuals():
        assert entry.figure.value is not None, "only values stand"
        there = current.get(entry.ends_on)
        if entry.ends_on > office_day(now):
            done.ahead += 1
        elif there is None:
            session.add(_reading(metric.id, entry, now))
            new += 1
        elif there.value != entry.figure.value and there.recorded_by_id is not None:
            done.kept += 1
        elif there.value != entry.figure.value:
            there.replaced_at = now
            # The old row must leave the index of current readings before the new one enters it.
            session.flush()
            row = _reading(metric.id, entry, now)
            row.replaces_id, row.correction_reason = there.id, _reason(measures)
            session.add(row)
            corrections.append(
                {"day": entry.ends_on.isoformat(), "was": there.value, "is": entry.figure.value}
            )
    done.readings += new
    done.corrected += len(corrections)
    return new, corrections


def _reading(metric_id: int, entry: Entry, now: datetime) -> Reading:
    return Reading(
        metric_id=metric_id,
        taken_on=entry.ends_on,
        value=entry.figure.value or 0.0,
        note=f"{entry.period}, {entry.edition.label}: written “{entry.figure.written}”",
        recorded_at=now,
    )


def _targets(
    session: Session, metric: Metric, measure: Measure, standing: _Standing, done: MeasuresImported
) -> tuple[int, dict[str, object]]:
    """How many targets are new, and what those that changed were and are."""
    current = standing.targets.get(metric.id, {})
    new, changed = 0, dict[str, object]()
    for entry in measure.targets():
        there = current.get((entry.period, entry.edition.label))
        if there is None:
            session.add(
                MetricTarget(
                    metric_id=metric.id,
                    label=entry.period,
                    edition=entry.edition.label,
                    due_on=entry.ends_on,
                    value=entry.figure.value,
                    written=entry.figure.written,
                )
            )
            new += 1
        elif (there.value, there.written) != (entry.figure.value, entry.figure.written):
            changed[f"{entry.period}, {entry.edition.label}"] = [there.written, entry.figure.written]
            there.value, there.written = entry.figure.value, entry.figure.written
    done.targets += new
    done.targets_changed += len(changed)
    return new, changed


def _reason(measures: Measures) -> str:
    return f"“{measures.report.file}” now says otherwise."
