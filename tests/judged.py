"""A launched pilot whose criteria can be judged: the series of infections, a share and a guardrail."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from typing import Any

from incubator.domain.evaluation import Design, Measure
from incubator.domain.pilots import Cadence, CriterionKind, Direction
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.models.pilots import Metric, Reading
from tests.analytics.shared_data import shared

PER = 10_000.0


def infections() -> list[tuple[date, int, float]]:
    """Month, infections and patient days: 24 months before the intervention and 12 after."""
    with shared("charts_spc", "qicharts2_cdi.csv").open(encoding="utf-8") as file:
        return [
            (date.fromisoformat(row["month"]), int(row["n"]), float(row["days"]))
            for row in csv.DictReader(file)
        ]


class Judged:
    """The pilot was launched on November 1, 2014 and its year is over."""

    launched = date(2014, 11, 1)
    horizon = date(2015, 11, 1)

    def __init__(self, world: Any) -> None:
        self.world = world
        self.agency = world.agency("DPH", "Department of Public Health")
        self.lead = world.person("Lena Lead", Role.PILOT_LEAD)
        self.evan = world.person("Evan Evaluator", Role.EVALUATOR)
        self.cora = world.person("Cora Coordinator", Role.COORDINATOR)
        self.gail = world.person("Gail Gatekeeper", Role.GATEKEEPER)
        self.proposal = world.proposal("Cleaner wards", agency=self.agency, step=Step.RUNNING)
        self.pilot = world.pilot(
            self.proposal,
            lead_id=self.lead.id,
            starts_on=self.launched,
            ends_on=self.horizon,
            launched_at=world.now,
        )
        self.url = f"/pilots/{self.proposal.number}"

    def metric(self, name: str, **more: Any) -> Metric:
        row: Metric = self.world.add(
            Metric(
                pilot_id=self.pilot.id,
                **{
                    "name": name,
                    "unit": "",
                    "direction": Direction.DOWN,
                    "kind": CriterionKind.GOAL,
                    "cadence": Cadence.MONTHLY,
                    **more,
                },
            )
        )
        return row

    def read(self, metric: Metric, day: date, value: float, **more: Any) -> Reading:
        row: Reading = self.world.add(
            Reading(
                metric_id=metric.id,
                taken_on=day,
                value=value,
                recorded_by_id=self.lead.id,
                **{"recorded_at": self.world.now, **more},
            )
        )
        return row

    def infections(self, target: float = 10.0, **more: Any) -> Metric:
        """The rate of infections in 10,000 days, as published, with a promise that the year keeps."""
        metric = self.metric(
            "Infections",
            unit="per 10,000 days",
            measure=Measure.RATE,
            per=PER,
            design=Design.SERIES,
            **{"baseline": 13.02, "target": target, **more},
        )
        for day, count, days in infections():
            self.read(metric, day, count / days * PER, numerator=count, denominator=days)
        return metric

    def share(
        self, name: str, before: tuple[int, int], after: tuple[int, int], target: float, **more: Any
    ) -> Metric:
        """A share of the cases, in twelve equal months on either side of the launch."""
        metric = self.metric(
            name,
            unit="%",
            measure=Measure.SHARE,
            per=100.0,
            design=Design.BEFORE_AFTER,
            target=target,
            **{"direction": Direction.UP, "baseline": 100 * before[0] / before[1], **more},
        )
        for month in range(12):
            for (successes, cases), year in ((before, 2013), (after, 2014)):
                day = date(year + (month + 10) // 12, (month + 10) % 12 + 1, 15)
                self.read(metric, day, 100 * successes / cases, numerator=successes, denominator=cases)
        return metric


def months(first: date, count: int) -> list[date]:
    return [first + timedelta(days=31 * number) for number in range(count)]
