"""evaluating pilots: the locked plan, verdicts, dossiers, scaling, benefits and uses of AI

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


ADDED = (
    "plan_lock_proposed",
    "plan_lock_withdrawn",
    "plan_locked",
    "plan_amended",
    "process_change_noted",
    "process_change_struck",
    "guardrail_alerted",
    "guardrail_answered",
    "verdicts_given",
    "contrary_proposed",
    "contrary_withdrawn",
    "dossier_sealed",
    "scale_readiness_changed",
    "ownership_accepted",
    "scale_approval_given",
    "close_out_written",
    "lesson_used",
    "lesson_use_removed",
    "benefit_promised",
    "benefit_promise_changed",
    "benefits_fixed",
    "benefit_measured",
    "ai_screened",
    "ai_endorsed",
    "ai_escalated",
    "ai_escalation_answered",
    "ai_practice_recorded",
    "ai_checked",
    "measures_imported",
)
"""The kinds of events that come in, in the order of the enumeration."""

BEFORE = (
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
"""Every kind of event until now."""

AFTER = (
    *BEFORE[: BEFORE.index("reading_verified") + 1],
    *ADDED,
    *BEFORE[BEFORE.index("reading_verified") + 1 :],
)

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
    op.create_table('ai_check',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('proposal_id', sa.Integer(), nullable=False),
    sa.Column('checked_on', sa.Date(), nullable=False),
    sa.Column('found', sa.Text(), nullable=False),
    sa.Column('incident', sa.Boolean(), nullable=False),
    sa.Column('response', sa.Text(), nullable=False),
    sa.Column('next_on', sa.Date(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("NOT incident OR response <> ''", name=op.f('ck_ai_check_an_incident_is_answered')),
    sa.CheckConstraint("found <> ''", name=op.f('ck_ai_check_found_something_to_say')),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposal.id'], name=op.f('fk_ai_check_proposal_id_proposal')),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['person.id'], name=op.f('fk_ai_check_recorded_by_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ai_check'))
    )
    with op.batch_alter_table('ai_check', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ai_check_proposal_id'), ['proposal_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_ai_check_recorded_by_id'), ['recorded_by_id'], unique=False)

    op.create_table('ai_screening',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('proposal_id', sa.Integer(), nullable=False),
    sa.Column('answers', sa.JSON(), nullable=False),
    sa.Column('level', sa.Enum('low', 'medium', 'high', name='level', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('high_impact', sa.Boolean(), nullable=False),
    sa.Column('assessed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('assessed_by_id', sa.Integer(), nullable=True),
    sa.Column('endorsed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('endorsed_by_id', sa.Integer(), nullable=True),
    sa.Column('escalated_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('escalated_by_id', sa.Integer(), nullable=True),
    sa.Column('escalation_answer', sa.Enum('allowed', 'allowed_with_limits', 'refused', name='escalation_answer', native_enum=False, create_constraint=True, length=40), nullable=True),
    sa.Column('escalation_note', sa.Text(), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_by_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("escalation_answer IS NULL OR (escalated_at IS NOT NULL AND escalation_note <> '')", name=op.f('ck_ai_screening_answered_after_escalation')),
    sa.CheckConstraint('(endorsed_at IS NULL) = (endorsed_by_id IS NULL)', name=op.f('ck_ai_screening_endorsed_by_somebody')),
    sa.ForeignKeyConstraint(['answered_by_id'], ['person.id'], name=op.f('fk_ai_screening_answered_by_id_person')),
    sa.ForeignKeyConstraint(['assessed_by_id'], ['person.id'], name=op.f('fk_ai_screening_assessed_by_id_person')),
    sa.ForeignKeyConstraint(['endorsed_by_id'], ['person.id'], name=op.f('fk_ai_screening_endorsed_by_id_person')),
    sa.ForeignKeyConstraint(['escalated_by_id'], ['person.id'], name=op.f('fk_ai_screening_escalated_by_id_person')),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposal.id'], name=op.f('fk_ai_screening_proposal_id_proposal')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ai_screening')),
    sa.UniqueConstraint('proposal_id', name=op.f('uq_ai_screening_proposal_id'))
    )
    with op.batch_alter_table('ai_screening', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ai_screening_answered_by_id'), ['answered_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_ai_screening_assessed_by_id'), ['assessed_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_ai_screening_endorsed_by_id'), ['endorsed_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_ai_screening_escalated_by_id'), ['escalated_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_ai_screening_level'), ['level'], unique=False)

    op.create_table('close_out',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('proposal_id', sa.Integer(), nullable=False),
    sa.Column('started_from', sa.Text(), nullable=False),
    sa.Column('hypothesis', sa.Text(), nullable=False),
    sa.Column('how_tested', sa.Text(), nullable=False),
    sa.Column('evidence', sa.Text(), nullable=False),
    sa.Column('did_differently', sa.Text(), nullable=False),
    sa.Column('user_needs', sa.Text(), nullable=False),
    sa.Column('next_and_risks', sa.Text(), nullable=False),
    sa.Column('worked', sa.Text(), nullable=False),
    sa.Column('did_not_work', sa.Text(), nullable=False),
    sa.Column('would_reopen', sa.Text(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('written_by_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposal.id'], name=op.f('fk_close_out_proposal_id_proposal')),
    sa.ForeignKeyConstraint(['written_by_id'], ['person.id'], name=op.f('fk_close_out_written_by_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_close_out')),
    sa.UniqueConstraint('proposal_id', name=op.f('uq_close_out_proposal_id'))
    )
    with op.batch_alter_table('close_out', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_close_out_written_by_id'), ['written_by_id'], unique=False)

    op.create_table('lesson_use',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('proposal_id', sa.Integer(), nullable=False),
    sa.Column('source_id', sa.Integer(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('marked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('marked_by_id', sa.Integer(), nullable=True),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('source_id <> proposal_id', name=op.f('ck_lesson_use_learnt_from_another')),
    sa.ForeignKeyConstraint(['marked_by_id'], ['person.id'], name=op.f('fk_lesson_use_marked_by_id_person')),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposal.id'], name=op.f('fk_lesson_use_proposal_id_proposal')),
    sa.ForeignKeyConstraint(['source_id'], ['proposal.id'], name=op.f('fk_lesson_use_source_id_proposal')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lesson_use'))
    )
    with op.batch_alter_table('lesson_use', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_lesson_use_marked_by_id'), ['marked_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_lesson_use_source_id'), ['source_id'], unique=False)
        batch_op.create_index('uq_lesson_use_standing', ['proposal_id', 'source_id'], unique=True, sqlite_where=sa.text('removed_at IS NULL'), postgresql_where=sa.text('removed_at IS NULL'))

    op.create_table('promised_benefit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('proposal_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Enum('cash', 'hours', 'other', name='kind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('unit', sa.Text(), nullable=False),
    sa.Column('owner_name', sa.Text(), nullable=False),
    sa.Column('baseline', sa.BigInteger(), nullable=True),
    sa.Column('baseline_note', sa.Text(), nullable=False),
    sa.Column('low', sa.BigInteger(), nullable=False),
    sa.Column('likely', sa.BigInteger(), nullable=False),
    sa.Column('high', sa.BigInteger(), nullable=False),
    sa.Column('years', sa.Integer(), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=True),
    sa.Column('budget_line', sa.Text(), nullable=False),
    sa.Column('fixed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("kind <> 'cash' OR budget_line <> ''", name=op.f('ck_promised_benefit_cash_has_a_budget_line')),
    sa.CheckConstraint('low <= likely AND likely <= high', name=op.f('ck_promised_benefit_low_to_high')),
    sa.CheckConstraint('years BETWEEN 1 AND 20', name=op.f('ck_promised_benefit_one_to_twenty_years')),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposal.id'], name=op.f('fk_promised_benefit_proposal_id_proposal')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_promised_benefit'))
    )
    with op.batch_alter_table('promised_benefit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_promised_benefit_proposal_id'), ['proposal_id'], unique=False)

    op.create_table('scale_approval',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('proposal_id', sa.Integer(), nullable=False),
    sa.Column('area', sa.Enum('security', 'privacy', 'accessibility', name='area', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('state', sa.Enum('open', 'approved', 'not_needed', 'refused', name='state', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('given_by_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("state = 'open' OR note <> ''", name=op.f('ck_scale_approval_answered_with_a_note')),
    sa.ForeignKeyConstraint(['given_by_id'], ['person.id'], name=op.f('fk_scale_approval_given_by_id_person')),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposal.id'], name=op.f('fk_scale_approval_proposal_id_proposal')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scale_approval')),
    sa.UniqueConstraint('proposal_id', 'area', name=op.f('uq_scale_approval_proposal_id_area'))
    )
    with op.batch_alter_table('scale_approval', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_scale_approval_given_by_id'), ['given_by_id'], unique=False)

    op.create_table('scale_readiness',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('proposal_id', sa.Integer(), nullable=False),
    sa.Column('owner_accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('owner_accepted_by_id', sa.Integer(), nullable=True),
    sa.Column('owner_note', sa.Text(), nullable=False),
    sa.Column('recurring_cents', sa.BigInteger(), nullable=True),
    sa.Column('funding_line', sa.Text(), nullable=False),
    sa.Column('fiscal_year', sa.Integer(), nullable=True),
    sa.Column('procurement', sa.Text(), nullable=False),
    sa.Column('support', sa.Text(), nullable=False),
    sa.Column('typicality', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('owner_accepted_at IS NULL OR owner_accepted_by_id IS NOT NULL', name=op.f('ck_scale_readiness_accepted_by_somebody')),
    sa.CheckConstraint('recurring_cents IS NULL OR recurring_cents >= 0', name=op.f('ck_scale_readiness_cost_not_negative')),
    sa.ForeignKeyConstraint(['owner_accepted_by_id'], ['person.id'], name=op.f('fk_scale_readiness_owner_accepted_by_id_person')),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposal.id'], name=op.f('fk_scale_readiness_proposal_id_proposal')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scale_readiness')),
    sa.UniqueConstraint('proposal_id', name=op.f('uq_scale_readiness_proposal_id'))
    )
    with op.batch_alter_table('scale_readiness', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_scale_readiness_owner_accepted_by_id'), ['owner_accepted_by_id'], unique=False)

    op.create_table('ai_practice',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('screening_id', sa.Integer(), nullable=False),
    sa.Column('practice', sa.Text(), nullable=False),
    sa.Column('state', sa.Enum('open', 'done', 'not_needed', name='state', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('evidence', sa.Text(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("state = 'open' OR evidence <> ''", name=op.f('ck_ai_practice_settled_with_evidence')),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['person.id'], name=op.f('fk_ai_practice_recorded_by_id_person')),
    sa.ForeignKeyConstraint(['screening_id'], ['ai_screening.id'], name=op.f('fk_ai_practice_screening_id_ai_screening')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ai_practice')),
    sa.UniqueConstraint('screening_id', 'practice', name=op.f('uq_ai_practice_screening_id_practice'))
    )
    with op.batch_alter_table('ai_practice', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ai_practice_recorded_by_id'), ['recorded_by_id'], unique=False)

    op.create_table('contrary_decision',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('proposal_id', sa.Integer(), nullable=False),
    sa.Column('gate', sa.Enum('g0', 'g1', 'g2', 'g3', 'g4', 'g5', name='gate', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('outcome', sa.Enum('advance', 'advance_with_conditions', 'hold', 'rework', 'stop', 'goal_met', 'transfer', 'merge', 'revive', 'extend', 'withdraw', name='outcome', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('advice', sa.Enum('scale', 'extend', 'stop', 'wait', name='advice', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('against_advice', sa.Text(), nullable=False),
    sa.Column('details', sa.JSON(), nullable=False),
    sa.Column('seen_version', sa.Integer(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('proposed_by_id', sa.Integer(), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_by_id', sa.Integer(), nullable=True),
    sa.Column('decision_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("reason <> '' AND against_advice <> ''", name=op.f('ck_contrary_decision_two_reasons')),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], name=op.f('fk_contrary_decision_decision_id_decision')),
    sa.ForeignKeyConstraint(['proposal_id'], ['proposal.id'], name=op.f('fk_contrary_decision_proposal_id_proposal')),
    sa.ForeignKeyConstraint(['proposed_by_id'], ['person.id'], name=op.f('fk_contrary_decision_proposed_by_id_person')),
    sa.ForeignKeyConstraint(['withdrawn_by_id'], ['person.id'], name=op.f('fk_contrary_decision_withdrawn_by_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contrary_decision'))
    )
    with op.batch_alter_table('contrary_decision', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contrary_decision_decision_id'), ['decision_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_contrary_decision_proposal_id'), ['proposal_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_contrary_decision_proposed_by_id'), ['proposed_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_contrary_decision_withdrawn_by_id'), ['withdrawn_by_id'], unique=False)
        batch_op.create_index('uq_contrary_decision_open', ['proposal_id'], unique=True, sqlite_where=sa.text('decision_id IS NULL AND withdrawn_at IS NULL'), postgresql_where=sa.text('decision_id IS NULL AND withdrawn_at IS NULL'))

    op.create_table('dossier',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('decision_id', sa.Integer(), nullable=False),
    sa.Column('evidence_sha256', sa.Text(), nullable=False),
    sa.Column('file_sha256', sa.Text(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('stored_as', sa.Text(), nullable=False),
    sa.Column('sealed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], name=op.f('fk_dossier_decision_id_decision')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dossier')),
    sa.UniqueConstraint('decision_id', name=op.f('uq_dossier_decision_id'))
    )
    with op.batch_alter_table('dossier', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_dossier_file_sha256'), ['file_sha256'], unique=False)

    op.create_table('evaluation_lock',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('pilot_id', sa.Integer(), nullable=False),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('proposed_by_id', sa.Integer(), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('confirmed_by_id', sa.Integer(), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('underpowered', sa.JSON(), nullable=False),
    sa.Column('accepted_reason', sa.Text(), nullable=False),
    sa.CheckConstraint('(confirmed_at IS NULL) = (confirmed_by_id IS NULL)', name=op.f('ck_evaluation_lock_confirmed_by_somebody')),
    sa.CheckConstraint('confirmed_at IS NULL OR withdrawn_at IS NULL', name=op.f('ck_evaluation_lock_what_is_locked_is_not_withdrawn')),
    sa.CheckConstraint('confirmed_by_id IS NULL OR confirmed_by_id <> proposed_by_id', name=op.f('ck_evaluation_lock_locked_by_two')),
    sa.ForeignKeyConstraint(['confirmed_by_id'], ['person.id'], name=op.f('fk_evaluation_lock_confirmed_by_id_person')),
    sa.ForeignKeyConstraint(['pilot_id'], ['pilot.id'], name=op.f('fk_evaluation_lock_pilot_id_pilot')),
    sa.ForeignKeyConstraint(['proposed_by_id'], ['person.id'], name=op.f('fk_evaluation_lock_proposed_by_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_evaluation_lock'))
    )
    with op.batch_alter_table('evaluation_lock', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_evaluation_lock_confirmed_by_id'), ['confirmed_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_evaluation_lock_proposed_by_id'), ['proposed_by_id'], unique=False)
        batch_op.create_index('uq_evaluation_lock_standing', ['pilot_id'], unique=True, sqlite_where=sa.text('withdrawn_at IS NULL'), postgresql_where=sa.text('withdrawn_at IS NULL'))

    op.create_table('lesson_tag',
    sa.Column('close_out_id', sa.Integer(), nullable=False),
    sa.Column('tag', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['close_out_id'], ['close_out.id'], name=op.f('fk_lesson_tag_close_out_id_close_out')),
    sa.PrimaryKeyConstraint('close_out_id', 'tag', name=op.f('pk_lesson_tag'))
    )
    with op.batch_alter_table('lesson_tag', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_lesson_tag_tag'), ['tag'], unique=False)

    op.create_table('amendment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('pilot_id', sa.Integer(), nullable=False),
    sa.Column('metric_id', sa.Integer(), nullable=True),
    sa.Column('what', sa.Text(), nullable=False),
    sa.Column('changes', sa.JSON(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('data_seen', sa.Boolean(), nullable=False),
    sa.Column('readings_in', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("reason <> ''", name=op.f('ck_amendment_amended_for_a_reason')),
    sa.ForeignKeyConstraint(['made_by_id'], ['person.id'], name=op.f('fk_amendment_made_by_id_person')),
    sa.ForeignKeyConstraint(['metric_id'], ['metric.id'], name=op.f('fk_amendment_metric_id_metric')),
    sa.ForeignKeyConstraint(['pilot_id'], ['pilot.id'], name=op.f('fk_amendment_pilot_id_pilot')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_amendment'))
    )
    with op.batch_alter_table('amendment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_amendment_made_by_id'), ['made_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_amendment_metric_id'), ['metric_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_amendment_pilot_id'), ['pilot_id'], unique=False)

    op.create_table('criterion_verdict',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('metric_id', sa.Integer(), nullable=False),
    sa.Column('verdict', sa.Enum('met', 'not_met', 'inconclusive', 'not_yet', name='verdict', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('better', sa.Boolean(), nullable=False),
    sa.Column('harm', sa.Boolean(), nullable=False),
    sa.Column('post_hoc', sa.Boolean(), nullable=False),
    sa.Column('promised', sa.Double(), nullable=True),
    sa.Column('estimate', sa.Double(), nullable=True),
    sa.Column('low', sa.Double(), nullable=True),
    sa.Column('high', sa.Double(), nullable=True),
    sa.Column('completeness', sa.Double(), nullable=False),
    sa.Column('horizon_on', sa.Date(), nullable=True),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.Column('inputs_sha256', sa.Text(), nullable=False),
    sa.Column('plan_sha256', sa.Text(), nullable=False),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('given_by_id', sa.Integer(), nullable=True),
    sa.Column('replaced_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['given_by_id'], ['person.id'], name=op.f('fk_criterion_verdict_given_by_id_person')),
    sa.ForeignKeyConstraint(['metric_id'], ['metric.id'], name=op.f('fk_criterion_verdict_metric_id_metric')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_criterion_verdict'))
    )
    with op.batch_alter_table('criterion_verdict', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_criterion_verdict_given_by_id'), ['given_by_id'], unique=False)
        batch_op.create_index('uq_criterion_verdict_standing', ['metric_id'], unique=True, sqlite_where=sa.text('replaced_at IS NULL'), postgresql_where=sa.text('replaced_at IS NULL'))

    op.create_table('metric_analysis',
    sa.Column('metric_id', sa.Integer(), nullable=False),
    sa.Column('inputs_sha256', sa.Text(), nullable=False),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.Column('computed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['metric_id'], ['metric.id'], name=op.f('fk_metric_analysis_metric_id_metric')),
    sa.PrimaryKeyConstraint('metric_id', name=op.f('pk_metric_analysis'))
    )
    op.create_table('metric_target',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('metric_id', sa.Integer(), nullable=False),
    sa.Column('label', sa.Text(), nullable=False),
    sa.Column('edition', sa.Text(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('value', sa.Double(), nullable=True),
    sa.Column('written', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['metric_id'], ['metric.id'], name=op.f('fk_metric_target_metric_id_metric')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_metric_target')),
    sa.UniqueConstraint('metric_id', 'label', 'edition', name=op.f('uq_metric_target_metric_id_label_edition'))
    )
    op.create_table('process_change',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('pilot_id', sa.Integer(), nullable=False),
    sa.Column('metric_id', sa.Integer(), nullable=True),
    sa.Column('happened_on', sa.Date(), nullable=False),
    sa.Column('what', sa.Text(), nullable=False),
    sa.Column('new_limits', sa.Boolean(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by_id', sa.Integer(), nullable=True),
    sa.Column('struck_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('strike_reason', sa.Text(), nullable=False),
    sa.CheckConstraint("(struck_at IS NULL) = (strike_reason = '')", name=op.f('ck_process_change_struck_for_a_reason')),
    sa.ForeignKeyConstraint(['metric_id'], ['metric.id'], name=op.f('fk_process_change_metric_id_metric')),
    sa.ForeignKeyConstraint(['pilot_id'], ['pilot.id'], name=op.f('fk_process_change_pilot_id_pilot')),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['person.id'], name=op.f('fk_process_change_recorded_by_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_process_change'))
    )
    with op.batch_alter_table('process_change', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_process_change_metric_id'), ['metric_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_process_change_pilot_id'), ['pilot_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_process_change_recorded_by_id'), ['recorded_by_id'], unique=False)

    op.create_table('guardrail_alert',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('metric_id', sa.Integer(), nullable=False),
    sa.Column('reading_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('limit', 'signal', name='kind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('raised_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_by_id', sa.Integer(), nullable=True),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.CheckConstraint("(answered_at IS NULL) = (answer = '')", name=op.f('ck_guardrail_alert_answered_in_words')),
    sa.ForeignKeyConstraint(['answered_by_id'], ['person.id'], name=op.f('fk_guardrail_alert_answered_by_id_person')),
    sa.ForeignKeyConstraint(['metric_id'], ['metric.id'], name=op.f('fk_guardrail_alert_metric_id_metric')),
    sa.ForeignKeyConstraint(['reading_id'], ['reading.id'], name=op.f('fk_guardrail_alert_reading_id_reading')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_guardrail_alert')),
    sa.UniqueConstraint('reading_id', 'kind', name=op.f('uq_guardrail_alert_reading_id_kind'))
    )
    with op.batch_alter_table('guardrail_alert', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_guardrail_alert_answered_by_id'), ['answered_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_guardrail_alert_metric_id'), ['metric_id'], unique=False)

    with op.batch_alter_table('benefit', schema=None) as batch_op:
        batch_op.add_column(sa.Column('promise_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('certainty', sa.Enum('confirmed', 'estimated', 'unknown', name='certainty', native_enum=False, create_constraint=True, length=40), nullable=False, server_default='estimated'))
        batch_op.add_column(sa.Column('amount', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('low', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('high', sa.BigInteger(), nullable=True))
        batch_op.drop_constraint(batch_op.f('uq_benefit_proposal_id_months'), type_='unique')
        batch_op.create_index(batch_op.f('ix_benefit_proposal_id'), ['proposal_id'], unique=False)
        batch_op.create_index('uq_benefit_promise', ['promise_id', 'months'], unique=True, sqlite_where=sa.text('promise_id IS NOT NULL'), postgresql_where=sa.text('promise_id IS NOT NULL'))
        batch_op.create_index('uq_benefit_whole', ['proposal_id', 'months'], unique=True, sqlite_where=sa.text('promise_id IS NULL'), postgresql_where=sa.text('promise_id IS NULL'))
        batch_op.create_foreign_key(batch_op.f('fk_benefit_promise_id_promised_benefit'), 'promised_benefit', ['promise_id'], ['id'])

    op.execute("UPDATE benefit SET certainty = 'unknown' WHERE unknown_reason <> ''")
    # What was both realised and unknown could be written before; what came of it says more.
    op.execute("UPDATE benefit SET certainty = 'estimated', unknown_reason = '' WHERE realised <> '' AND unknown_reason <> ''")
    with op.batch_alter_table('benefit', schema=None) as batch_op:
        batch_op.create_check_constraint(op.f('ck_benefit_unknown_for_a_reason'), "(certainty = 'unknown') = (unknown_reason <> '')")

    with op.batch_alter_table('decision', schema=None) as batch_op:
        batch_op.add_column(sa.Column('advice', sa.Enum('scale', 'extend', 'stop', 'wait', name='advice', native_enum=False, create_constraint=True, length=40), nullable=True))
        batch_op.add_column(sa.Column('against_advice', sa.Text(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('approved_by_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f('ix_decision_approved_by_id'), ['approved_by_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_decision_approved_by_id_person'), 'person', ['approved_by_id'], ['id'])
        batch_op.create_check_constraint(op.f('ck_decision_against_advice_with_a_second'), "against_advice = '' OR (approved_by_id IS NOT NULL AND approved_by_id <> decided_by_id)")

    _cadences("daily", "weekly", "monthly", "quarterly", "yearly", "once")
    with op.batch_alter_table('metric', schema=None) as batch_op:
        batch_op.add_column(sa.Column('baseline_from', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('baseline_to', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('baseline_cases', sa.Double(), nullable=True))
        batch_op.add_column(sa.Column('smallest_change', sa.Double(), nullable=True))
        batch_op.add_column(sa.Column('measure', sa.Enum('value', 'share', 'rate', name='measure', native_enum=False, create_constraint=True, length=40), nullable=False, server_default='value'))
        batch_op.add_column(sa.Column('per', sa.Double(), nullable=False, server_default='1'))
        batch_op.add_column(sa.Column('design', sa.Enum('before_after', 'series', 'comparison', 'randomised', name='design', native_enum=False, create_constraint=True, length=40), nullable=True))
        batch_op.add_column(sa.Column('denominator', sa.Text(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('exclusions', sa.Text(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('horizon_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('rule', sa.Text(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('expected_cases', sa.Double(), nullable=True))
        batch_op.add_column(sa.Column('source_key', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('post_hoc_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index('uq_metric_source_key', ['pilot_id', 'source_key'], unique=True, sqlite_where=sa.text('source_key IS NOT NULL'), postgresql_where=sa.text('source_key IS NOT NULL'))
        batch_op.create_check_constraint(op.f('ck_metric_per_is_positive'), "per > 0")
        batch_op.create_check_constraint(op.f('ck_metric_baseline_ends_after_it_starts'), "baseline_from IS NULL OR baseline_to IS NULL OR baseline_to >= baseline_from")
        batch_op.create_check_constraint(op.f('ck_metric_smallest_change_is_positive'), "smallest_change IS NULL OR smallest_change > 0")

    with op.batch_alter_table('pilot', schema=None) as batch_op:
        batch_op.add_column(sa.Column('question', sa.Text(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('design', sa.Enum('before_after', 'series', 'comparison', 'randomised', name='design', native_enum=False, create_constraint=True, length=40), nullable=True))
        batch_op.add_column(sa.Column('comparison', sa.Text(), nullable=False, server_default=''))

    with op.batch_alter_table('reading', schema=None) as batch_op:
        batch_op.add_column(sa.Column('arm', sa.Enum('pilot', 'comparison', name='arm', native_enum=False, create_constraint=True, length=40), nullable=False, server_default='pilot'))
        batch_op.add_column(sa.Column('unit', sa.Text(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('numerator', sa.Double(), nullable=True))
        batch_op.drop_index(batch_op.f('uq_reading_current'), sqlite_where=sa.text('replaced_at IS NULL'))
        batch_op.create_index('uq_reading_current', ['metric_id', 'taken_on', 'arm', 'unit'], unique=True, sqlite_where=sa.text('replaced_at IS NULL'), postgresql_where=sa.text('replaced_at IS NULL'))
        batch_op.create_check_constraint(op.f('ck_reading_counted_out_of_something'), "numerator IS NULL OR (numerator >= 0 AND denominator IS NOT NULL)")



def _cadences(*allowed: str) -> None:
    listed = ", ".join(f"'{name}'" for name in allowed)
    with op.batch_alter_table("metric", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_metric_cadence"), type_="check")
        batch_op.create_check_constraint(op.f("ck_metric_cadence"), f"cadence IN ({listed})")


def downgrade() -> None:
    # Events are never taken away, so the new kinds stay allowed.
    # What the older shape cannot hold goes first: comparison readings, units, measured promises.
    op.execute("DELETE FROM guardrail_alert")
    op.execute("UPDATE reading SET replaces_id = NULL WHERE replaces_id IN (SELECT id FROM reading WHERE arm <> 'pilot' OR unit <> '')")
    op.execute("DELETE FROM reading WHERE arm <> 'pilot' OR unit <> ''")
    op.execute("DELETE FROM benefit WHERE promise_id IS NOT NULL")
    with op.batch_alter_table('reading', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_reading_counted_out_of_something'), type_='check')
        batch_op.drop_constraint(op.f('ck_reading_arm'), type_='check')
        batch_op.drop_index('uq_reading_current', sqlite_where=sa.text('replaced_at IS NULL'), postgresql_where=sa.text('replaced_at IS NULL'))
        batch_op.create_index(batch_op.f('uq_reading_current'), ['metric_id', 'taken_on'], unique=True, sqlite_where=sa.text('replaced_at IS NULL'), postgresql_where=sa.text('replaced_at IS NULL'))
        batch_op.drop_column('numerator')
        batch_op.drop_column('unit')
        batch_op.drop_column('arm')

    with op.batch_alter_table('pilot', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_pilot_design'), type_='check')
        batch_op.drop_column('comparison')
        batch_op.drop_column('design')
        batch_op.drop_column('question')

    op.execute("UPDATE metric SET cadence = 'once' WHERE cadence = 'yearly'")
    _cadences("daily", "weekly", "monthly", "quarterly", "once")
    with op.batch_alter_table('metric', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_metric_per_is_positive'), type_='check')
        batch_op.drop_constraint(op.f('ck_metric_baseline_ends_after_it_starts'), type_='check')
        batch_op.drop_constraint(op.f('ck_metric_smallest_change_is_positive'), type_='check')
        batch_op.drop_constraint(op.f('ck_metric_measure'), type_='check')
        batch_op.drop_constraint(op.f('ck_metric_design'), type_='check')
        batch_op.drop_index('uq_metric_source_key', sqlite_where=sa.text('source_key IS NOT NULL'), postgresql_where=sa.text('source_key IS NOT NULL'))
        batch_op.drop_column('post_hoc_at')
        batch_op.drop_column('source_key')
        batch_op.drop_column('expected_cases')
        batch_op.drop_column('rule')
        batch_op.drop_column('horizon_on')
        batch_op.drop_column('exclusions')
        batch_op.drop_column('denominator')
        batch_op.drop_column('design')
        batch_op.drop_column('per')
        batch_op.drop_column('measure')
        batch_op.drop_column('smallest_change')
        batch_op.drop_column('baseline_cases')
        batch_op.drop_column('baseline_to')
        batch_op.drop_column('baseline_from')

    with op.batch_alter_table('decision', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_decision_against_advice_with_a_second'), type_='check')
        batch_op.drop_constraint(op.f('ck_decision_advice'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_decision_approved_by_id_person'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_decision_approved_by_id'))
        batch_op.drop_column('approved_at')
        batch_op.drop_column('approved_by_id')
        batch_op.drop_column('against_advice')
        batch_op.drop_column('advice')

    with op.batch_alter_table('benefit', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_benefit_unknown_for_a_reason'), type_='check')
        batch_op.drop_constraint(op.f('ck_benefit_certainty'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_benefit_promise_id_promised_benefit'), type_='foreignkey')
        batch_op.drop_index('uq_benefit_whole', sqlite_where=sa.text('promise_id IS NULL'), postgresql_where=sa.text('promise_id IS NULL'))
        batch_op.drop_index('uq_benefit_promise', sqlite_where=sa.text('promise_id IS NOT NULL'), postgresql_where=sa.text('promise_id IS NOT NULL'))
        batch_op.drop_index(batch_op.f('ix_benefit_proposal_id'))
        batch_op.create_unique_constraint(batch_op.f('uq_benefit_proposal_id_months'), ['proposal_id', 'months'])
        batch_op.drop_column('high')
        batch_op.drop_column('low')
        batch_op.drop_column('amount')
        batch_op.drop_column('certainty')
        batch_op.drop_column('promise_id')

    with op.batch_alter_table('guardrail_alert', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_guardrail_alert_metric_id'))
        batch_op.drop_index(batch_op.f('ix_guardrail_alert_answered_by_id'))

    op.drop_table('guardrail_alert')
    with op.batch_alter_table('process_change', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_process_change_recorded_by_id'))
        batch_op.drop_index(batch_op.f('ix_process_change_pilot_id'))
        batch_op.drop_index(batch_op.f('ix_process_change_metric_id'))

    op.drop_table('process_change')
    op.drop_table('metric_target')
    op.drop_table('metric_analysis')
    with op.batch_alter_table('criterion_verdict', schema=None) as batch_op:
        batch_op.drop_index('uq_criterion_verdict_standing', sqlite_where=sa.text('replaced_at IS NULL'), postgresql_where=sa.text('replaced_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_criterion_verdict_given_by_id'))

    op.drop_table('criterion_verdict')
    with op.batch_alter_table('amendment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_amendment_pilot_id'))
        batch_op.drop_index(batch_op.f('ix_amendment_metric_id'))
        batch_op.drop_index(batch_op.f('ix_amendment_made_by_id'))

    op.drop_table('amendment')
    with op.batch_alter_table('lesson_tag', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_lesson_tag_tag'))

    op.drop_table('lesson_tag')
    with op.batch_alter_table('evaluation_lock', schema=None) as batch_op:
        batch_op.drop_index('uq_evaluation_lock_standing', sqlite_where=sa.text('withdrawn_at IS NULL'), postgresql_where=sa.text('withdrawn_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_evaluation_lock_proposed_by_id'))
        batch_op.drop_index(batch_op.f('ix_evaluation_lock_confirmed_by_id'))

    op.drop_table('evaluation_lock')
    with op.batch_alter_table('dossier', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_dossier_file_sha256'))

    op.drop_table('dossier')
    with op.batch_alter_table('contrary_decision', schema=None) as batch_op:
        batch_op.drop_index('uq_contrary_decision_open', sqlite_where=sa.text('decision_id IS NULL AND withdrawn_at IS NULL'), postgresql_where=sa.text('decision_id IS NULL AND withdrawn_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_contrary_decision_withdrawn_by_id'))
        batch_op.drop_index(batch_op.f('ix_contrary_decision_proposed_by_id'))
        batch_op.drop_index(batch_op.f('ix_contrary_decision_proposal_id'))
        batch_op.drop_index(batch_op.f('ix_contrary_decision_decision_id'))

    op.drop_table('contrary_decision')
    with op.batch_alter_table('ai_practice', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_ai_practice_recorded_by_id'))

    op.drop_table('ai_practice')
    with op.batch_alter_table('scale_readiness', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_scale_readiness_owner_accepted_by_id'))

    op.drop_table('scale_readiness')
    with op.batch_alter_table('scale_approval', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_scale_approval_given_by_id'))

    op.drop_table('scale_approval')
    with op.batch_alter_table('promised_benefit', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_promised_benefit_proposal_id'))

    op.drop_table('promised_benefit')
    with op.batch_alter_table('lesson_use', schema=None) as batch_op:
        batch_op.drop_index('uq_lesson_use_standing', sqlite_where=sa.text('removed_at IS NULL'), postgresql_where=sa.text('removed_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_lesson_use_source_id'))
        batch_op.drop_index(batch_op.f('ix_lesson_use_marked_by_id'))

    op.drop_table('lesson_use')
    with op.batch_alter_table('close_out', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_close_out_written_by_id'))

    op.drop_table('close_out')
    with op.batch_alter_table('ai_screening', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_ai_screening_level'))
        batch_op.drop_index(batch_op.f('ix_ai_screening_escalated_by_id'))
        batch_op.drop_index(batch_op.f('ix_ai_screening_endorsed_by_id'))
        batch_op.drop_index(batch_op.f('ix_ai_screening_assessed_by_id'))
        batch_op.drop_index(batch_op.f('ix_ai_screening_answered_by_id'))

    op.drop_table('ai_screening')
    with op.batch_alter_table('ai_check', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_ai_check_recorded_by_id'))
        batch_op.drop_index(batch_op.f('ix_ai_check_proposal_id'))

    op.drop_table('ai_check')
