"""what a criterion promises: a change or a level

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("metric", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "promise",
                sa.Enum(
                    "change", "level", name="promise", native_enum=False, create_constraint=True, length=40
                ),
                server_default="change",
                nullable=False,
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("metric", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_metric_promise"), type_="check")
        batch_op.drop_column("promise")
