"""A launched pilot whose criteria can be judged: the series of infections, a share and a guardrail."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

from incubator.domain.evaluation import Design, Measure
from incubator.domain.pilots import Cadence, CriterionKind, Direction
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.models.pilots import Metric, Reading

PER = 10_000.0
VARYING = (0, 2, -1, 1, -2, -1, 1, 2, -2, 0, 1, -1)


def infections() -> list[tuple[date, int, float]]:
    """Month, infections and patient days: 24 months at 13 per 10,000 days and 12 at 6, drawn by chance."""
    rng = np.random.default_rng(13)
    rows = []
    for place in range(36):
        days = float(rng.integers(150_000, 170_000))
        mean = days * (13 if place < 24 else 6) / PER
        rows.append((date(2012 + (place + 10) // 12, (place + 10) % 12 + 1, 1), int(rng.poisson(mean)), days))
    return rows


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
        """The rate of infections in 10,000 days, with a promise that the year keeps."""
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
        """A share of the cases, in twelve months on either side of the launch that vary around the given one."""
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
                count = min(max(successes + VARYING[month], 0), cases)
                self.read(metric, day, 100 * count / cases, numerator=count, denominator=cases)
        return metric


def months(first: date, count: int) -> list[date]:
    return [first + timedelta(days=31 * number) for number in range(count)]
