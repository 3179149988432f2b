"""reviewing in a call as a whole: assignment, conflicts by rule, ranking, panels, releases

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


AFTER = (
    "person_invited",
    "invitation_accepted",
    "person_changed",
    "person_disabled",
    "person_enabled",
    "role_granted",
    "role_revoked",
    "signed_in",
    "sign_in_failed",
    "signed_out",
    "signed_out_everywhere",
    "password_changed",
    "password_reset_asked",
    "access_refused",
    "agency_created",
    "agency_changed",
    "unit_created",
    "unit_changed",
    "contact_added",
    "contact_removed",
    "need_stated",
    "need_changed",
    "need_moved",
    "need_dropped",
    "need_linked",
    "need_unlinked",
    "commitment_made",
    "commitment_changed",
    "commitment_kept",
    "commitment_dropped",
    "meeting_held",
    "meeting_changed",
    "survey_opened",
    "survey_closed",
    "survey_answered",
    "call_created",
    "call_changed",
    "call_copied",
    "rubric_created",
    "rubric_published",
    "proposal_started",
    "section_saved",
    "author_added",
    "author_removed",
    "attachment_added",
    "attachment_removed",
    "sign_off_asked",
    "sign_off_refused",
    "proposal_submitted",
    "proposal_resubmitted",
    "proposal_withdrawn",
    "information_asked",
    "information_answered",
    "proposal_merged",
    "snippet_changed",
    "review_assigned",
    "review_unassigned",
    "review_saved",
    "review_submitted",
    "review_returned",
    "review_declined",
    "review_abstained",
    "conflict_declared",
    "conflict_found",
    "conflict_set_aside",
    "reviews_revealed",
    "review_revised",
    "redaction_saved",
    "redaction_ready",
    "vendor_tie_declared",
    "vendor_tie_removed",
    "expertise_changed",
    "tags_changed",
    "call_reviewers_changed",
    "bids_saved",
    "assignment_planned",
    "assignment_adjusted",
    "assignment_published",
    "assignment_discarded",
    "draw_held",
    "panel_meeting_changed",
    "panel_opened",
    "panel_closed",
    "panel_note_written",
    "panel_note_struck",
    "panel_summary_written",
    "panel_discussed",
    "panel_voted",
    "decision_prepared",
    "decision_signed",
    "decision_unsigned",
    "decisions_released",
    "readiness_checked",
    "gate_decided",
    "decision_amended",
    "condition_closed",
    "deadline_extended",
    "record_resumed",
    "record_revived",
    "stage_corrected",
    "plan_changed",
    "site_changed",
    "metric_defined",
    "metric_changed",
    "readings_recorded",
    "reading_corrected",
    "reading_verified",
    "expense_recorded",
    "expense_corrected",
    "budget_changed",
    "milestone_changed",
    "milestone_reached",
    "risk_changed",
    "progress_sent",
    "progress_returned",
    "progress_accepted",
    "lesson_written",
    "benefit_recorded",
    "priority_list_changed",
    "priority_moved",
    "inventory_imported",
    "panel_imported",
    "record_imported",
    "record_reimported",
    "demonstration_loaded",
)
"""Every kind of event, in the order of the enumeration."""

EVENT_TRIGGERS = tuple(
    f"CREATE TRIGGER event_refuses_{verb} BEFORE {verb} ON event "
    "BEGIN SELECT RAISE(ABORT, 'events are written once'); END"
    for verb in ("update", "delete")
)
"""SQLite drops a table's triggers when a batch change rebuilds it."""


def _event_kinds(kinds: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_event_kind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_event_kind"), f"kind IN ({listed})")
    if op.get_bind().dialect.name == "sqlite":
        for statement in EVENT_TRIGGERS:
            op.execute(statement)


def upgrade() -> None:
    _event_kinds(AFTER)
    op.create_table(
        "expertise",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.CheckConstraint("level BETWEEN 1 AND 3", name=op.f("ck_expertise_level_from_one_to_three")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_expertise_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", "tag", name=op.f("pk_expertise")),
    )
    op.create_table(
        "vendor_tie",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "interest", "contract", name="kind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("vendor_key", sa.Text(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_vendor_tie_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor_tie")),
    )
    with op.batch_alter_table("vendor_tie", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vendor_tie_person_id"), ["person_id"], unique=False)

    op.create_table(
        "assignment_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "published",
                "discarded",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("forbidden", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'published') = (published_at IS NOT NULL)",
            name=op.f("ck_assignment_plan_published_at_a_moment"),
        ),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_assignment_plan_call_id_call")),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_assignment_plan_made_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["published_by_id"], ["person.id"], name=op.f("fk_assignment_plan_published_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment_plan")),
    )
    with op.batch_alter_table("assignment_plan", schema=None) as batch_op:
        batch_op.create_index("ix_assignment_plan_call_id_state", ["call_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_assignment_plan_made_by_id"), ["made_by_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_assignment_plan_published_by_id"), ["published_by_id"], unique=False
        )

    op.create_table(
        "call_reviewer",
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("most >= 0", name=op.f("ck_call_reviewer_most_not_negative")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_call_reviewer_call_id_call")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_call_reviewer_person_id_person")),
        sa.PrimaryKeyConstraint("call_id", "person_id", name=op.f("pk_call_reviewer")),
    )
    with op.batch_alter_table("call_reviewer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_call_reviewer_person_id"), ["person_id"], unique=False)

    op.create_table(
        "draw",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("pool", sa.JSON(), nullable=False),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drawn_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_draw_drawn_for_a_written_reason")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_draw_call_id_call")),
        sa.ForeignKeyConstraint(["drawn_by_id"], ["person.id"], name=op.f("fk_draw_drawn_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw")),
    )
    with op.batch_alter_table("draw", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_draw_call_id"), ["call_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_draw_drawn_by_id"), ["drawn_by_id"], unique=False)

    op.create_table(
        "outside_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("discussed", sa.Boolean(), nullable=False),
        sa.Column("selected", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_outside_item_call_id_call")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_item")),
        sa.UniqueConstraint("call_id", "key", name=op.f("uq_outside_item_call_id_key")),
    )
    op.create_table(
        "panel_meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("meets_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "closed_at IS NULL OR opened_at IS NOT NULL", name=op.f("ck_panel_meeting_closed_after_it_opened")
        ),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_panel_meeting_call_id_call")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_meeting")),
        sa.UniqueConstraint("call_id", name=op.f("uq_panel_meeting_call_id")),
    )
    op.create_table(
        "release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_by_id", sa.Integer(), nullable=True),
        sa.Column("decisions", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_release_call_id_call")),
        sa.ForeignKeyConstraint(
            ["released_by_id"], ["person.id"], name=op.f("fk_release_released_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
    )
    with op.batch_alter_table("release", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_release_call_id"), ["call_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_release_released_by_id"), ["released_by_id"], unique=False)

    op.create_table(
        "score_analysis",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "ready",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("data_sha256", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state <> 'ready' OR computed_at IS NOT NULL", name=op.f("ck_score_analysis_ready_since_a_moment")
        ),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_score_analysis_call_id_call")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_score_analysis_job_id_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_analysis")),
        sa.UniqueConstraint("call_id", "left_out", name=op.f("uq_score_analysis_call_id_left_out")),
    )
    with op.batch_alter_table("score_analysis", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_score_analysis_job_id"), ["job_id"], unique=False)

    op.create_table(
        "bid",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "want", "can", "rather_not", name="kind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_bid_person_id_person")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_bid_proposal_id_proposal")),
        sa.PrimaryKeyConstraint("person_id", "proposal_id", name=op.f("pk_bid")),
    )
    with op.batch_alter_table("bid", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bid_proposal_id"), ["proposal_id"], unique=False)

    op.create_table(
        "outside_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("overall", sa.Double(), nullable=True),
        sa.Column("confidence", sa.Text(), nullable=False),
        sa.Column("recommendation", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["outside_item.id"], name=op.f("fk_outside_review_item_id_outside_item")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_review")),
        sa.UniqueConstraint("item_id", "reviewer", name=op.f("uq_outside_review_item_id_reviewer")),
    )
    op.create_table(
        "panel_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column(
            "audience",
            sa.Enum(
                "panel",
                "reviewers",
                "agency",
                name="audience",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("struck_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("struck_by_id", sa.Integer(), nullable=True),
        sa.Column("struck_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(struck_at IS NULL) = (struck_reason = '')", name=op.f("ck_panel_note_struck_for_a_reason")
        ),
        sa.CheckConstraint("text <> ''", name=op.f("ck_panel_note_not_empty")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_panel_note_author_id_person")),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_panel_note_proposal_id_proposal")
        ),
        sa.ForeignKeyConstraint(
            ["struck_by_id"], ["person.id"], name=op.f("fk_panel_note_struck_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_note")),
    )
    with op.batch_alter_table("panel_note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_panel_note_author_id"), ["author_id"], unique=False)
        batch_op.create_index("ix_panel_note_proposal_id_id", ["proposal_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_panel_note_struck_by_id"), ["struck_by_id"], unique=False)

    op.create_table(
        "panel_summary",
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "recommendation",
            sa.Enum(
                "advance",
                "advance_with_conditions",
                "hold",
                "rework",
                "stop",
                "goal_met",
                "transfer",
                "merge",
                "revive",
                "extend",
                "withdraw",
                name="recommendation",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("discussed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["person.id"], name=op.f("fk_panel_summary_changed_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_panel_summary_proposal_id_proposal")
        ),
        sa.PrimaryKeyConstraint("proposal_id", name=op.f("pk_panel_summary")),
    )
    with op.batch_alter_table("panel_summary", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_panel_summary_changed_by_id"), ["changed_by_id"], unique=False)

    op.create_table(
        "panel_vote",
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "vote",
            sa.Enum(
                "yes", "no", "abstain", name="vote", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_panel_vote_person_id_person")),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_panel_vote_proposal_id_proposal")
        ),
        sa.PrimaryKeyConstraint("proposal_id", "person_id", name=op.f("pk_panel_vote")),
    )
    with op.batch_alter_table("panel_vote", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_panel_vote_person_id"), ["person_id"], unique=False)

    op.create_table(
        "planned_review",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("fit", sa.Double(), nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["assignment_plan.id"], name=op.f("fk_planned_review_plan_id_assignment_plan")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_planned_review_proposal_id_proposal")
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["person.id"], name=op.f("fk_planned_review_reviewer_id_person")
        ),
        sa.PrimaryKeyConstraint("plan_id", "proposal_id", "reviewer_id", name=op.f("pk_planned_review")),
    )
    with op.batch_alter_table("planned_review", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_planned_review_proposal_id"), ["proposal_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_planned_review_reviewer_id"), ["reviewer_id"], unique=False)

    op.create_table(
        "prepared_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "advance",
                "advance_with_conditions",
                "hold",
                "rework",
                "stop",
                "goal_met",
                "transfer",
                "merge",
                "revive",
                "extend",
                "withdraw",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("what_would_change", sa.Text(), nullable=False),
        sa.Column(
            "end_reason",
            sa.Enum(
                "demand",
                "feasibility",
                "goals_met",
                "redundant",
                "merged",
                "other_funding",
                "security_privacy",
                "vendor",
                "time_limit",
                "withdrawn",
                "transferred",
                "unknown",
                name="end_reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("hold_until", sa.Date(), nullable=True),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("prepared_by_id", sa.Integer(), nullable=True),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_by_id", sa.Integer(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_version", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "outcome <> 'hold' OR hold_until IS NOT NULL", name=op.f("ck_prepared_decision_held_until_a_day")
        ),
        sa.CheckConstraint(
            "(signed_at IS NULL) = (seen_version IS NULL)",
            name=op.f("ck_prepared_decision_signed_on_what_was_seen"),
        ),
        sa.ForeignKeyConstraint(
            ["prepared_by_id"], ["person.id"], name=op.f("fk_prepared_decision_prepared_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_prepared_decision_proposal_id_proposal")
        ),
        sa.ForeignKeyConstraint(
            ["signed_by_id"], ["person.id"], name=op.f("fk_prepared_decision_signed_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prepared_decision")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_prepared_decision_proposal_id")),
    )
    with op.batch_alter_table("prepared_decision", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_prepared_decision_prepared_by_id"), ["prepared_by_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_prepared_decision_signed_by_id"), ["signed_by_id"], unique=False)

    op.create_table(
        "proposal_tag",
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_proposal_tag_proposal_id_proposal")
        ),
        sa.PrimaryKeyConstraint("proposal_id", "tag", name=op.f("pk_proposal_tag")),
    )
    op.create_table(
        "redacted_copy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("revision_number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("prepared_by_id", sa.Integer(), nullable=True),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["prepared_by_id"], ["person.id"], name=op.f("fk_redacted_copy_prepared_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_redacted_copy_proposal_id_proposal")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redacted_copy")),
        sa.UniqueConstraint(
            "proposal_id", "revision_number", name=op.f("uq_redacted_copy_proposal_id_revision_number")
        ),
    )
    with op.batch_alter_table("redacted_copy", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_redacted_copy_prepared_by_id"), ["prepared_by_id"], unique=False)

    op.create_table(
        "first_score",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("criterion_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=True),
        sa.Column("applies", sa.Boolean(), nullable=False),
        sa.Column("justification", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "value IS NULL OR value BETWEEN 1 AND 5", name=op.f("ck_first_score_value_from_one_to_five")
        ),
        sa.ForeignKeyConstraint(
            ["criterion_id"], ["criterion.id"], name=op.f("fk_first_score_criterion_id_criterion")
        ),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_first_score_review_id_review")),
        sa.PrimaryKeyConstraint("review_id", "criterion_id", name=op.f("pk_first_score")),
    )
    with op.batch_alter_table("first_score", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_first_score_criterion_id"), ["criterion_id"], unique=False)

    op.create_table(
        "outside_score",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("criterion_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["criterion_id"], ["criterion.id"], name=op.f("fk_outside_score_criterion_id_criterion")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["outside_review.id"], name=op.f("fk_outside_score_review_id_outside_review")
        ),
        sa.PrimaryKeyConstraint("review_id", "criterion_id", name=op.f("pk_outside_score")),
    )
    with op.batch_alter_table("outside_score", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outside_score_criterion_id"), ["criterion_id"], unique=False)

    op.create_table(
        "redacted_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("copy_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("as_it_is", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["person.id"], name=op.f("fk_redacted_file_added_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_redacted_file_attachment_id_attachment")
        ),
        sa.ForeignKeyConstraint(
            ["copy_id"], ["redacted_copy.id"], name=op.f("fk_redacted_file_copy_id_redacted_copy")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redacted_file")),
        sa.UniqueConstraint("copy_id", "attachment_id", name=op.f("uq_redacted_file_copy_id_attachment_id")),
        sa.UniqueConstraint("storage_key", name=op.f("uq_redacted_file_storage_key")),
    )
    with op.batch_alter_table("redacted_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_redacted_file_added_by_id"), ["added_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_redacted_file_attachment_id"), ["attachment_id"], unique=False)

    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reviews_most", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("revisions_due_on", sa.Date(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "agency_sees",
                sa.Enum(
                    "nothing",
                    "total",
                    "criteria",
                    "comments",
                    name="agency_sees",
                    native_enum=False,
                    create_constraint=True,
                    length=40,
                ),
                nullable=False,
                server_default="total",
            )
        )
        batch_op.add_column(
            sa.Column("decides_together", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("allows_draw", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("outside", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("chair_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("places", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_call_chair_id"), ["chair_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_call_chair_id_person"), "person", ["chair_id"], ["id"])
        batch_op.create_check_constraint(op.f("ck_call_at_least_one_place"), "places >= 1")
    op.execute("UPDATE call SET agency_sees = 'nothing' WHERE NOT shares_scores")

    with op.batch_alter_table("conflict", schema=None) as batch_op:
        batch_op.add_column(sa.Column("by_rule", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("lapsed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("overridden_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("overridden_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("override_reason", sa.Text(), nullable=False, server_default=""))
        batch_op.drop_index(batch_op.f("ix_conflict_proposal_id"))
        batch_op.drop_constraint(batch_op.f("uq_conflict_person_id_proposal_id"), type_="unique")
        batch_op.create_index(batch_op.f("ix_conflict_overridden_by_id"), ["overridden_by_id"], unique=False)
        batch_op.create_index("ix_conflict_proposal_id_person_id", ["proposal_id", "person_id"], unique=False)
        batch_op.create_unique_constraint(
            batch_op.f("uq_conflict_person_id_proposal_id_kind"), ["person_id", "proposal_id", "kind"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_conflict_overridden_by_id_person"), "person", ["overridden_by_id"], ["id"]
        )
        batch_op.create_check_constraint(
            op.f("ck_conflict_set_aside_for_a_written_reason"),
            "(overridden_at IS NULL) = (override_reason = '')",
        )
        batch_op.create_check_constraint(
            op.f("ck_conflict_only_a_rule_lapses"), "lapsed_at IS NULL OR by_rule"
        )

    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.add_column(sa.Column("what_would_change", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("release_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_decision_release_id"), ["release_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_decision_release_id_release"), "release", ["release_id"], ["id"]
        )

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("manager_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_person_manager_id"), ["manager_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_person_manager_id_person"), "person", ["manager_id"], ["id"]
        )

    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.add_column(sa.Column("vendor", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("reviews_revealed_at", sa.DateTime(timezone=True), nullable=True))
    # Until now a reviewer saw the others' once their own was in: where all are in, that stays so.
    op.execute(
        "UPDATE proposal SET reviews_revealed_at = (SELECT max(review.submitted_at) FROM review "
        "WHERE review.proposal_id = proposal.id AND review.state = 'submitted') "
        "WHERE step = 'review' AND NOT EXISTS (SELECT 1 FROM review "
        "WHERE review.proposal_id = proposal.id AND review.state IN ('assigned', 'started'))"
    )
    _fill_vendors()

    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.add_column(sa.Column("revised_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("revision_reason", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("first_total", sa.Double(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "first_recommendation",
                sa.Enum(
                    "no",
                    "maybe",
                    "yes",
                    name="first_recommendation",
                    native_enum=False,
                    create_constraint=True,
                    length=40,
                ),
                nullable=True,
            )
        )
        batch_op.create_check_constraint(
            op.f("ck_review_revised_for_a_reason"), "(revised_at IS NULL) = (revision_reason = '')"
        )

    with op.batch_alter_table("rubric", schema=None) as batch_op:
        batch_op.add_column(sa.Column("scale_min", sa.Double(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("scale_max", sa.Double(), nullable=False, server_default="5"))
        batch_op.add_column(
            sa.Column("lower_is_better", sa.Boolean(), nullable=False, server_default=sa.false())
        )


def _fill_vendors() -> None:
    """The vendor named in a proposal's own section, kept beside the proposal for the conflict rules."""
    connection = op.get_bind()
    section = sa.table("section", sa.column("proposal_id"), sa.column("key"), sa.column("answers", sa.JSON()))
    proposal = sa.table("proposal", sa.column("id"), sa.column("vendor"))
    for row in connection.execute(
        sa.select(section.c.proposal_id, section.c.answers).where(section.c.key == "vendor")
    ).all():
        vendor = (row.answers or {}).get("vendor")
        if isinstance(vendor, str) and vendor:
            connection.execute(
                sa.update(proposal).where(proposal.c.id == row.proposal_id).values(vendor=vendor)
            )


def downgrade() -> None:
    # Events are never taken away, so the new kinds stay allowed.
    with op.batch_alter_table("rubric", schema=None) as batch_op:
        batch_op.drop_column("lower_is_better")
        batch_op.drop_column("scale_max")
        batch_op.drop_column("scale_min")

    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_review_revised_for_a_reason"), type_="check")
        batch_op.drop_constraint(op.f("ck_review_first_recommendation"), type_="check")
        batch_op.drop_column("first_recommendation")
        batch_op.drop_column("first_total")
        batch_op.drop_column("revision_reason")
        batch_op.drop_column("revised_at")

    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.drop_column("reviews_revealed_at")
        batch_op.drop_column("vendor")

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_person_manager_id_person"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_person_manager_id"))
        batch_op.drop_column("manager_id")

    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_decision_release_id_release"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_decision_release_id"))
        batch_op.drop_column("release_id")
        batch_op.drop_column("what_would_change")

    # The older form knows one conflict a pair, and nothing of rules.
    op.execute("DELETE FROM conflict WHERE by_rule")
    op.execute(
        "DELETE FROM conflict WHERE id NOT IN "
        "(SELECT least FROM (SELECT min(id) AS least FROM conflict GROUP BY person_id, proposal_id) AS first_ones)"
    )
    with op.batch_alter_table("conflict", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_conflict_set_aside_for_a_written_reason"), type_="check")
        batch_op.drop_constraint(op.f("ck_conflict_only_a_rule_lapses"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_conflict_overridden_by_id_person"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_conflict_person_id_proposal_id_kind"), type_="unique")
        batch_op.drop_index("ix_conflict_proposal_id_person_id")
        batch_op.drop_index(batch_op.f("ix_conflict_overridden_by_id"))
        batch_op.create_unique_constraint(
            batch_op.f("uq_conflict_person_id_proposal_id"), ["person_id", "proposal_id"]
        )
        batch_op.create_index(batch_op.f("ix_conflict_proposal_id"), ["proposal_id"], unique=False)
        batch_op.drop_column("override_reason")
        batch_op.drop_column("overridden_by_id")
        batch_op.drop_column("overridden_at")
        batch_op.drop_column("lapsed_at")
        batch_op.drop_column("by_rule")

    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_call_at_least_one_place"), type_="check")
        batch_op.drop_constraint(op.f("ck_call_agency_sees"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_call_chair_id_person"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_call_chair_id"))
        batch_op.drop_column("places")
        batch_op.drop_column("chair_id")
        batch_op.drop_column("outside")
        batch_op.drop_column("allows_draw")
        batch_op.drop_column("decides_together")
        batch_op.drop_column("agency_sees")
        batch_op.drop_column("revisions_due_on")
        batch_op.drop_column("reviews_most")

    with op.batch_alter_table("redacted_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_redacted_file_attachment_id"))
        batch_op.drop_index(batch_op.f("ix_redacted_file_added_by_id"))

    op.drop_table("redacted_file")
    with op.batch_alter_table("outside_score", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outside_score_criterion_id"))

    op.drop_table("outside_score")
    with op.batch_alter_table("first_score", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_first_score_criterion_id"))

    op.drop_table("first_score")
    with op.batch_alter_table("redacted_copy", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_redacted_copy_prepared_by_id"))

    op.drop_table("redacted_copy")
    op.drop_table("proposal_tag")
    with op.batch_alter_table("prepared_decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_prepared_decision_signed_by_id"))
        batch_op.drop_index(batch_op.f("ix_prepared_decision_prepared_by_id"))

    op.drop_table("prepared_decision")
    with op.batch_alter_table("planned_review", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_planned_review_reviewer_id"))
        batch_op.drop_index(batch_op.f("ix_planned_review_proposal_id"))

    op.drop_table("planned_review")
    with op.batch_alter_table("panel_vote", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_panel_vote_person_id"))

    op.drop_table("panel_vote")
    with op.batch_alter_table("panel_summary", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_panel_summary_changed_by_id"))

    op.drop_table("panel_summary")
    with op.batch_alter_table("panel_note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_panel_note_struck_by_id"))
        batch_op.drop_index("ix_panel_note_proposal_id_id")
        batch_op.drop_index(batch_op.f("ix_panel_note_author_id"))

    op.drop_table("panel_note")
    op.drop_table("outside_review")
    with op.batch_alter_table("bid", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bid_proposal_id"))

    op.drop_table("bid")
    with op.batch_alter_table("score_analysis", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_score_analysis_job_id"))

    op.drop_table("score_analysis")
    with op.batch_alter_table("release", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_release_released_by_id"))
        batch_op.drop_index(batch_op.f("ix_release_call_id"))

    op.drop_table("release")
    op.drop_table("panel_meeting")
    op.drop_table("outside_item")
    with op.batch_alter_table("draw", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_draw_drawn_by_id"))
        batch_op.drop_index(batch_op.f("ix_draw_call_id"))

    op.drop_table("draw")
    with op.batch_alter_table("call_reviewer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_call_reviewer_person_id"))

    op.drop_table("call_reviewer")
    with op.batch_alter_table("assignment_plan", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assignment_plan_published_by_id"))
        batch_op.drop_index(batch_op.f("ix_assignment_plan_made_by_id"))
        batch_op.drop_index("ix_assignment_plan_call_id_state")

    op.drop_table("assignment_plan")
    with op.batch_alter_table("vendor_tie", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_vendor_tie_person_id"))

    op.drop_table("vendor_tie")
    op.drop_table("expertise")
