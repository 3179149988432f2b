"""What a full demonstration needs of a call's reviewing besides the reviews, and of a panel run elsewhere.

Invented, as all illustrations; days count from the load day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from incubator.demonstration.reading import Provenance
from incubator.domain.assignment import BidKind
from incubator.domain.panels import NoteAudience
from incubator.domain.releases import AgencySees
from incubator.domain.stages import EndReason, Outcome


@dataclass(frozen=True)
class Council:
    """How a call is judged: who chairs, for how many places, and what its agencies are shown."""

    chair: str
    places: int
    reviews_due_day: int
    revisions_due_day: int
    agency_sees: AgencySees
    decides_together: bool
    allows_draw: bool


@dataclass(frozen=True)
class Expert:
    """A reviewer of the call: the most reviews they take on, and how well (1 to 3) they know fields, by tag,
    and themes, by key. `added_day` is when they came on the call's list."""

    person: str
    most: int
    added_day: int
    fields: Mapping[str, int]
    themes: Mapping[str, int]
    provenance: Provenance


@dataclass(frozen=True)
class Bid:
    reviewer: str
    idea: str
    bid: BidKind
    provenance: Provenance


@dataclass(frozen=True)
class PanelMeeting:
    """The meeting's day, which is also the day on which it was opened; members were told on `told_day`."""

    call: str
    told_day: int
    day: int
    hour: int
    place: str
    provenance: Provenance


@dataclass(frozen=True)
class Note:
    idea: str
    by: str
    audience: NoteAudience
    text: str
    provenance: Provenance


@dataclass(frozen=True)
class Summary:
    idea: str
    by: str
    recommendation: Outcome
    text: str
    provenance: Provenance


@dataclass(frozen=True)
class Prepared:
    """A decision that waits for its second signature."""

    idea: str
    by: str
    outcome: Outcome
    reason: str
    provenance: Provenance
    what_would_change: str = ""
    end_reason: EndReason | None = None


@dataclass(frozen=True)
class FourthReader:
    """A draft of an assignment in which everybody's proposal has `wanted` reviewers."""

    call: str
    day: int
    wanted: int
    by: str
    provenance: Provenance


@dataclass(frozen=True)
class OutsideProposal:
    """A proposal of a panel run elsewhere: reviewer → a score for each criterion."""

    title: str
    group: str
    scores: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class OutsidePanel:
    """A panel run elsewhere. `criteria` maps each title to its weight, in the order of the scores."""

    title: str
    file: str
    places: int
    scale: tuple[int, int]
    criteria: Mapping[str, int]
    proposals: tuple[OutsideProposal, ...]
    provenance: Provenance


@dataclass(frozen=True)
class Rounds:
    """Everything invented of a call's reviewing, in file order."""

    experts: tuple[Expert, ...]
    bids: tuple[Bid, ...]
    meeting: PanelMeeting
    notes: tuple[Note, ...]
    summaries: tuple[Summary, ...]
    prepared: tuple[Prepared, ...]
    fourth_reader: FourthReader
    elsewhere: OutsidePanel
