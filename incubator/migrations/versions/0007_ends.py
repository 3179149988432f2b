"""Ends that nobody recorded, and work that ends because no effect was shown."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

OUTCOMES = (
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
)
END_REASONS = (
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
)
ENDED, NO_EFFECT = "ended", "no_effect"
COLUMNS = {
    "contrary_decision": ("outcome",),
    "decision": ("outcome", "end_reason"),
    "panel_summary": ("recommendation",),
    "prepared_decision": ("outcome", "end_reason"),
    "proposal": ("outcome", "end_reason"),
    "stage_spell": ("exit",),
}


def _allow(outcomes: tuple[str, ...], end_reasons: tuple[str, ...]) -> None:
    for table, columns in COLUMNS.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            for column in columns:
                allowed = end_reasons if column == "end_reason" else outcomes
                listed = ", ".join(f"'{value}'" for value in allowed)
                name = op.f(f"ck_{table}_{column}")
                batch_op.drop_constraint(name, type_="check")
                batch_op.create_check_constraint(name, f"{column} IN ({listed})")


def upgrade() -> None:
    _allow((*OUTCOMES, ENDED), (*END_REASONS, NO_EFFECT))


def downgrade() -> None:
    for table, columns in COLUMNS.items():
        for column in columns:
            new, old = (NO_EFFECT, "unknown") if column == "end_reason" else (ENDED, "stop")
            op.execute(f"UPDATE {table} SET {column} = '{old}' WHERE {column} = '{new}'")  # noqa: S608
    _allow(OUTCOMES, END_REASONS)
