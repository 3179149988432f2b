"""Everything that a panel's reviews say, in one result that can be stored and read back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from incubator.analytics.panel_sheet import Sheet, digest
from incubator.analytics.plain_record import from_plain, to_plain
from incubator.analytics.ranking import Ranking, rank
from incubator.analytics.raw_scores import RawItem, Steps, not_discussed, raw_scores, steps_used
from incubator.analytics.reliability import Alpha, OneWay, Remains, alpha, one_way, remains
from incubator.analytics.selection_rates import SelectionRates, selection_rates
from incubator.analytics.weights import WeightSensitivity, sensitivity

METHOD_VERSION = "2"
"""Changes with every change of a number that this file gives out."""
SEED = 1
"""Seed of what is resampled (agreement, weights), the same for every panel."""


class OtherMethod(ValueError):
    """A stored result was made by another version of the method: calculate it again."""


@dataclass(frozen=True)
class PanelAgreement:
    """How far reviewers agreed before they saw each other's scores (round one).

    `total` and `criteria` are ordinal α, None where there is nothing to compare. `revised` counts the
    reviews whose total changed later.
    """

    total: Alpha | None
    criteria: dict[str, Alpha | None]
    one_way: OneWay | None
    remains: Remains | None
    revised: int


@dataclass(frozen=True)
class PanelAnalysis:
    """One panel, analyzed: raw and calibrated side by side, agreement, weights, selection, and with what.

    `data` is the digest of the sheet; with the seed, the draws and the libraries' versions it says how to
    get the same digits again.
    """

    method_version: str
    data: str
    seed: int
    draws: int
    libraries: dict[str, str]
    places: int | None
    lower_is_better: bool
    scale_min: float
    scale_max: float
    reviews: int
    raw: tuple[RawItem, ...]
    ranking: Ranking
    agreement: PanelAgreement
    weights: WeightSensitivity | None
    selection: SelectionRates
    steps: tuple[Steps, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, every number finite."""
        plain: dict[str, Any] = to_plain(self)
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "PanelAnalysis":
        """What `to_dict` gave; `OtherMethod` for another version's, ValueError for anything else."""
        if plain.get("method_version") != METHOD_VERSION:
            raise OtherMethod(f"made by method {plain.get('method_version')}, this is {METHOD_VERSION}")
        found: PanelAnalysis = from_plain(cls, dict(plain))
        return found


def analyse(
    sheet: Sheet,
    *,
    places: int | None,
    seed: int = SEED,
    draws: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> PanelAnalysis:
    """Analyze a panel; `places` is how many proposals can be accepted, None when that is open.

    Agreement is measured on round one, the ranking on what stands now. Proposals not discussed are not
    ranked, but their reviews count for agreement and for their reviewers' severity. `progress` is told
    steps done of 100. Deterministic: same sheet in any order, same seed and versions, same digits. The
    ranking does not depend on `seed`.
    ValueError as for `rank`.
    """
    from incubator.analytics.panel_fit import fit_panel

    def tell(done: int) -> None:
        if progress is not None:
            progress(done, 100)

    out = not_discussed(sheet)
    scored, first = sheet.totals(), sheet.round_one()
    first_scored = first.totals()
    tell(0)
    fitted = fit_panel(scored, lower_is_better=sheet.lower_is_better)
    tell(30)
    ranking = rank(
        scored,
        fitted,
        places=places,
        draws=draws,
        leave_out=out,
        progress=lambda done, whole: tell(30 + 40 * done // whole),
    )
    if first_scored != scored:
        fitted = fit_panel(first_scored, lower_is_better=sheet.lower_is_better)
    tell(80)
    agreement = PanelAgreement(
        total=_alpha(first_scored, seed),
        criteria={key: _alpha(first.scored(key), seed) for key in sorted(one.key for one in sheet.criteria)},
        one_way=one_way(first_scored),
        remains=remains(fitted) if fitted else None,
        revised=sum(
            review.first_total is not None and review.first_total != review.total for review in sheet.reviews
        ),
    )
    tell(90)
    weights = sensitivity(sheet, places=places, seed=seed, leave_out=out) if places else None
    found = PanelAnalysis(
        method_version=METHOD_VERSION,
        data=digest(sheet),
        seed=seed,
        draws=ranking.draws,
        libraries={name: version(name) for name in ("numpy", "scipy")},
        places=places,
        lower_is_better=sheet.lower_is_better,
        scale_min=float(sheet.scale_min),
        scale_max=float(sheet.scale_max),
        reviews=sum(len(pairs) for pairs in scored.values()),
        raw=raw_scores(sheet),
        ranking=ranking,
        agreement=agreement,
        weights=weights,
        selection=selection_rates((item.group, item.selected) for item in sheet.items),
        steps=steps_used(sheet),
    )
    tell(100)
    return found


def _alpha(scored: Mapping[str, tuple[tuple[str, float], ...]], seed: int) -> Alpha | None:
    return alpha([[value for _, value in pairs] for pairs in scored.values()], "ordinal", seed=seed)
