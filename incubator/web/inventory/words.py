"""The words for the states of imports, rows and stated dates."""

from __future__ import annotations

from incubator.domain.words import Words
from incubator.models.inventory import ImportState, RowState
from incubator.models.proposals import DateKind
from incubator.web.words import TABLES

TABLES[ImportState] = {
    ImportState.UPLOADED: Words("Uploaded"),
    ImportState.MAPPING: Words("Columns to settle", tone="wait"),
    ImportState.READING: Words("Being read", tone="go"),
    ImportState.PREVIEWED: Words("Ready to import", tone="wait"),
    ImportState.APPLYING: Words("Being imported", tone="go"),
    ImportState.APPLIED: Words("Imported", tone="done"),
    ImportState.FAILED: Words("Could not be read", tone="stop"),
    ImportState.DISCARDED: Words("Discarded"),
}
TABLES[RowState] = {
    RowState.CREATED: Words("New", tone="go"),
    RowState.UPDATED: Words("Updated", tone="done"),
    RowState.UNCHANGED: Words("Unchanged"),
    RowState.LEFT: Words("Record not changed", tone="wait"),
    RowState.REFUSED: Words("Refused", tone="stop"),
}
TABLES[DateKind] = {
    DateKind.SUBMITTED: Words("Submitted"),
    DateKind.INITIATED: Words("Initiated"),
    DateKind.APPROVED: Words("Approved"),
    DateKind.DEVELOPMENT_BEGAN: Words("Development began"),
    DateKind.STARTED: Words("Pilot started"),
    DateKind.OPERATIONAL: Words("Went into operation"),
    DateKind.IMPLEMENTED: Words("Implemented"),
    DateKind.SCALED: Words("Scaled"),
    DateKind.ENDED: Words("Ended"),
    DateKind.RETIRED: Words("Retired"),
    DateKind.DECIDED: Words("Decided"),
}

FIELD_WORDS: dict[str, str] = {
    "external_id": "Id",
    "agency_name": "Agency",
    "agency_code": "Agency's short name",
    "unit": "Bureau or unit",
    "title": "Title",
    "problem": "Problem or purpose",
    "expected_outcome": "Expected outcome",
    "technology": "Technology",
    "topic": "Topic",
    "stage": "Stage",
    "vendor": "Vendor",
    "high_impact": "High impact",
    "id_and_title": "Id and title in one cell",
}

FOUND_WORDS: dict[str, str] = {
    "code": "same code",
    "name": "same name",
    "other_name": "another name of it",
    "answer": "as you said",
    "new": "not known here",
    "unsure": "not sure",
}

ORDER_WORDS: dict[str, str] = {"mdy": "month, day, year", "dmy": "day, month, year"}

PROFILE_WORDS: dict[str, str] = {
    "omb_2025": "Federal AI use case inventory of 2025",
    "omb_2024": "Federal AI use case inventory of 2024",
    "own": "This application's own columns",
    "proposed": "Columns not known yet",
    "answered": "Columns settled here",
}
