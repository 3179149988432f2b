"""periods of a metric in which there was nothing to measure

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "empty_period",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("metric_id", sa.Integer(), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column(
            "arm",
            sa.Enum("pilot", "comparison", name="arm", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["metric_id"], ["metric.id"], name=op.f("fk_empty_period_metric_id_metric")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["person.id"], name=op.f("fk_empty_period_recorded_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_empty_period")),
        sa.UniqueConstraint(
            "metric_id", "taken_on", "arm", "unit", name=op.f("uq_empty_period_metric_id_taken_on_arm_unit")
        ),
    )
    op.create_index(op.f("ix_empty_period_recorded_by_id"), "empty_period", ["recorded_by_id"])


def downgrade() -> None:
    op.drop_table("empty_period")
