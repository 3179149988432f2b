"""What an analysis means, in sentences for people who are no statisticians."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from incubator.analytics.drawn_ranks import RANK_LEVEL
from incubator.analytics.panel_analysis import PanelAnalysis
from incubator.analytics.panel_fit import Withheld
from incubator.analytics.panel_sheet import Sheet
from incubator.analytics.ranking import Band
from incubator.analytics.reliability import ENOUGH_PROPOSALS, Alpha, Reliability
from incubator.analytics.weights import WeightSensitivity
from incubator.domain.words import Words
from incubator.web.formats import number, percent
from incubator.web.ranking.rows import UNRANKED
from incubator.web.words import TABLES

TABLES[Band] = {
    Band.ACCEPT: Words("Accept", tone="done"),
    Band.TOO_CLOSE: Words("Too close to call", tone="wait"),
    Band.DECLINE: Words("Decline", tone="stop"),
}
TABLES[Reliability] = {
    Reliability.POOR: Words("Poor", tone="stop"),
    Reliability.MODERATE: Words("Moderate", tone="wait"),
    Reliability.GOOD: Words("Good", tone="go"),
    Reliability.EXCELLENT: Words("Excellent", tone="done"),
}

NAMED = 10
"""Proposals that a sentence names at most."""
UNSURE = 0.5
"""Width of the interval of the share that remains from which on the word for it is said with a warning."""


def trust(analysis: PanelAnalysis) -> str:
    """How far the scores can be trusted: what would remain with another panel."""
    found = analysis.agreement.remains
    if found is None:
        return _("How far these scores can be trusted cannot be told from so few reviews.")
    if found.proposals < ENOUGH_PROPOSALS:
        return _(
            "With fewer than %(enough)s proposals little is certain: if another panel read these, between %(low)s "
            "and %(high)s of the difference between scores would remain.",
            enough=ENOUGH_PROPOSALS,
            low=percent(found.low),
            high=percent(found.high),
        )
    return _(
        "If another panel read these proposals, about %(share)s of the difference between scores would remain "
        "(likely between %(low)s and %(high)s).",
        share=percent(found.share),
        low=percent(found.low),
        high=percent(found.high),
    )


def trust_meaning(analysis: PanelAnalysis) -> str:
    """What follows from it for those who decide."""
    found = analysis.agreement.remains
    if found is None or found.reliability is None:
        return ""
    meaning = {
        Reliability.POOR: _(
            "Differences between proposals are mostly the luck of who reviewed them. Talk about all that are near the line."
        ),
        Reliability.MODERATE: _(
            "Large differences mean something, small ones do not. Read the intervals, not the order."
        ),
        Reliability.GOOD: _("Most differences are real. Near the line they can still be chance."),
        Reliability.EXCELLENT: _("The order would hardly change with another panel."),
    }[found.reliability]
    if found.high - found.low > UNSURE:
        meaning += " " + _("With so few reviews even this is uncertain.")
    return meaning


def scale(sheet: Sheet) -> str:
    """Which end of the scale is the good one."""
    low, high = number(sheet.scale_min), number(sheet.scale_max)
    if sheet.lower_is_better:
        return _(
            "On this scale lower is better: %(low)s is the best score and %(high)s the worst.",
            low=low,
            high=high,
        )
    return _("Scores run from %(low)s to %(high)s; higher is better.", low=low, high=high)


def line(analysis: PanelAnalysis, counted: Counter[str]) -> str:
    """Where the line lies and who is on which side."""
    ranked, places = len(analysis.ranking.items), analysis.places
    if not ranked or places is None:
        return ""
    if analysis.ranking.line is None:
        return _("There are as many places as proposals, so there is no line.")
    room = ngettext(
        "There is room for one proposal of %(all)s.",
        "There is room for %(num)s proposals of %(all)s.",
        places,
        all=number(ranked),
    )
    above = ngettext(
        "One lies clearly above the line", "%(num)s lie clearly above the line", counted["accept"]
    )
    close = ngettext("one is too close to call", "%(num)s are too close to call", counted["too_close"])
    below = ngettext("one lies clearly below it", "%(num)s lie clearly below it", counted["decline"])
    return _(
        "%(room)s %(above)s, %(close)s, and %(below)s.", room=room, above=above, close=close, below=below
    )


def withheld(analysis: PanelAnalysis) -> tuple[str, str] | None:
    """Why there is no ranking: a title and what it means; None when there is one."""
    ranking = analysis.ranking
    if ranking.withheld is None:
        return None
    return {
        Withheld.NO_REVIEWS: (
            _("No review counts yet"),
            _("Scores appear here once reviews are handed in by people without a conflict of interest."),
        ),
        Withheld.ONE_PROPOSAL: (
            _("One proposal alone cannot be ranked"),
            _("Its scores are shown as they were given."),
        ),
        Withheld.DISCONNECTED: (
            _("These scores cannot all be compared"),
            ngettext(
                "These scores fall into %(num)s group that shares no reviewer with the others. Nothing tells a severe "
                "group of reviewers from a weak group of proposals, so there is no ranking across groups.",
                "These scores fall into %(num)s groups that share no reviewer, and none of them holds more than half "
                "of the proposals: they cannot be compared. Nothing tells a severe group of reviewers from a weak "
                "group of proposals, so there is no ranking. Let somebody review in two groups to connect them.",
                ranking.parts,
            ),
        ),
        Withheld.ONE_REVIEW_EACH: (
            _("One review for each proposal is not enough"),
            _(
                "With a single review nothing tells a severe reviewer from a weak proposal. The raw scores stand alone."
            ),
        ),
    }[ranking.withheld]


def apart(analysis: PanelAnalysis, sheet: Sheet) -> tuple[str, str] | None:
    """Which proposals share no reviewer with those that are ranked: a title and what it means; None for none."""
    keys = analysis.ranking.apart
    if not keys:
        return None
    titles = {item.key: item.label for item in sheet.items}
    names = [titles[key] if titles[key] == key else f"{key} {titles[key]}" for key in keys[:NAMED]]
    if len(keys) > NAMED:
        names.append(_("%(count)s more", count=len(keys) - NAMED))
    return (
        ngettext(
            "%(num)s proposal is not in the ranking", "%(num)s proposals are not in the ranking", len(keys)
        ),
        ngettext(
            "No reviewer of %(names)s reviewed any of the ranked proposals, so its scores cannot be compared with "
            "theirs. It may still take one of the places. To rank it, assign it to somebody who reviewed one of them.",
            "No reviewer of %(names)s reviewed any of the ranked proposals, so their scores cannot be compared with "
            "the others'. They may still take places. To rank them, assign them to people who reviewed the others.",
            len(keys),
            names="; ".join(names),
        ),
    )


def band_choices(counted: Counter[str]) -> list[tuple[str, str]]:
    """The bands to filter by, those that occur, with how many proposals each has."""
    names = {
        "accept": _("Accept"),
        "too_close": _("Too close to call"),
        "decline": _("Decline"),
        UNRANKED: _("Not ranked"),
    }
    return [(key, f"{name} ({counted[key]})") for key, name in names.items() if counted[key]]


@dataclass(frozen=True, slots=True)
class AgreementLine:
    """One measure of agreement in the table: what of, its value, its interval, from how many proposals."""

    what: str
    value: str
    interval: str
    proposals: int | None


def agreement_lines(analysis: PanelAnalysis, sheet: Sheet) -> list[AgreementLine]:
    """α over all and by criterion, then the intraclass correlations and the share that remains."""
    said = analysis.agreement
    titles = {criterion.key: criterion.title for criterion in sheet.criteria}
    lines = [_alpha(_("Totals: agreement (Krippendorff's α)"), said.total)]
    for criterion in sheet.criteria:
        what = _("%(criterion)s: agreement (α)", criterion=titles[criterion.key])
        lines.append(_alpha(what, said.criteria.get(criterion.key)))
    if said.one_way is not None:
        one = said.one_way
        lines.append(
            AgreementLine(
                _("One review's reliability (ICC, one-way)"),
                number(one.single, 3),
                _interval(one.single_low, one.single_high),
                one.proposals,
            )
        )
        lines.append(
            AgreementLine(
                _("Reliability of the mean of %(k)s reviews (ICC, one-way)", k=number(one.k)),
                number(one.mean, 3),
                _interval(one.mean_low, one.mean_high),
                one.proposals,
            )
        )
    if said.remains is not None:
        kept = said.remains
        lines.append(
            AgreementLine(
                _("Share that another panel would find again (ICC, mixed model)"),
                number(kept.share, 3),
                _interval(kept.low, kept.high),
                kept.proposals,
            )
        )
    return lines


def _alpha(what: str, found: Alpha | None) -> AgreementLine:
    if found is None:
        return AgreementLine(what, "–", "–", None)
    return AgreementLine(what, number(found.value, 3), _interval(found.low, found.high), found.proposals)


def _interval(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return "–"
    return _("%(low)s to %(high)s", low=number(low, 2), high=number(high, 2))


@dataclass(frozen=True, slots=True)
class WeightLine:
    """What a changed weight does: who enters the best places and who leaves, by title."""

    criterion: str
    change: str
    enters: tuple[str, ...]
    leaves: tuple[str, ...]


def weight_lines(found: WeightSensitivity, sheet: Sheet) -> list[WeightLine]:
    """Every change of a weight that was tried, in the rubric's order."""
    order = {criterion.key: place for place, criterion in enumerate(sheet.criteria)}
    titles = {criterion.key: criterion.title for criterion in sheet.criteria}
    names = {item.key: item.label for item in sheet.items}
    return [
        WeightLine(
            titles[one.criterion],
            _("20% more") if one.factor > 1 else _("20% less"),
            tuple(names[key] for key in one.enters),
            tuple(names[key] for key in one.leaves),
        )
        for one in sorted(found.changes, key=lambda one: (order[one.criterion], one.factor))
    ]


def weights_finding(found: WeightSensitivity) -> str:
    """What the weights decide, in one sentence."""
    moved = sum(bool(one.enters or one.leaves) for one in found.changes)
    if not moved:
        return _("The best %(places)s stay the same whichever weight is moved by 20%%.", places=found.places)
    return ngettext(
        "One of %(all)s changes of a weight by 20%% changes who is among the best %(places)s.",
        "%(num)s of %(all)s changes of a weight by 20%% change who is among the best %(places)s.",
        moved,
        all=len(found.changes),
        places=found.places,
    )


def weights_numbers(found: WeightSensitivity) -> str:
    """How firmly the best places are held when all weights move at once."""
    always = sum(share == 1 for share in found.in_top.values())
    some = sum(0 < share < 1 for share in found.in_top.values())
    moved = _(
        "With all weights moved at random by up to 20%%, %(trials)s times:", trials=number(found.trials)
    )
    if not some:
        return moved + " " + _("the same proposals were among the best every time.")
    return (
        moved
        + " "
        + _(
            "%(always)s proposals were among the best %(places)s every time, %(some)s sometimes.",
            always=number(always),
            places=found.places,
            some=number(some),
        )
    )


def method_facts(analysis: PanelAnalysis) -> list[tuple[str, Any]]:
    """With what the numbers were made, so that anybody can make them again."""
    libraries = ", ".join(f"{name} {version}" for name, version in sorted(analysis.libraries.items()))
    return [
        (_("Method"), _("Version %(version)s", version=analysis.method_version)),
        (_("Seed of resampling"), str(analysis.seed)),
        (_("Rank interval"), percent(RANK_LEVEL)),
        (_("Random draws"), number(analysis.draws)),
        (
            _("Error of a chance near 5% or 95%"),
            _("%(points)s percentage points", points=number(100 * analysis.ranking.chance_error, 2)),
        ),
        (_("Places"), number(analysis.places) if analysis.places is not None else _("not set")),
        (_("Reviews"), number(analysis.reviews)),
        (_("Data (SHA-256)"), analysis.data),
        (_("Libraries"), libraries),
    ]
