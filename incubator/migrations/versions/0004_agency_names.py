"""other names of agencies; rows of an import that change nothing because the record is worked on here

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BEFORE = ("created", "updated", "unchanged", "refused")
AFTER = ("created", "updated", "unchanged", "left", "refused")


def _row_states(states: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{state}'" for state in states)
    with op.batch_alter_table("imported_row", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_imported_row_state"), type_="check")
        batch_op.create_check_constraint(op.f("ck_imported_row_state"), f"state IN ({listed})")


def upgrade() -> None:
    _row_states(AFTER)
    op.create_table(
        "agency_name",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_agency_name_agency_id_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency_name")),
        sa.UniqueConstraint("key", name=op.f("uq_agency_name_key")),
    )
    op.create_index(op.f("ix_agency_name_agency_id"), "agency_name", ["agency_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_agency_name_agency_id"), table_name="agency_name")
    op.drop_table("agency_name")
    op.execute("UPDATE imported_row SET state = 'unchanged' WHERE state = 'left'")
    _row_states(BEFORE)
