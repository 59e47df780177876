"""The table of calls."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.create_table(
        "calls",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("opened_at", sa.String, nullable=False, index=True),
        sa.Column("persona", sa.String, nullable=False, index=True),
        sa.Column("seed", sa.Integer),
        sa.Column("difficulty", sa.Integer),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("replies", sa.Integer, nullable=False),
        sa.Column("pushes", sa.Integer, nullable=False),
        sa.Column("matched", sa.Integer, nullable=False),
        sa.Column("missed", sa.Integer, nullable=False),
        sa.Column("longest_chase", sa.Integer, nullable=False),
        sa.Column("score", sa.Integer),
        sa.Column("why_none", sa.String, nullable=False),
        sa.Column("patience_s", sa.Float),
        sa.Column("duration_s", sa.Float, nullable=False),
        sa.Column("has_sound", sa.Boolean, nullable=False),
        sa.Column("disputed", sa.Integer, nullable=False),
        sa.Column("damage", sa.String, nullable=False),
        sa.Column("log_bytes", sa.Integer, nullable=False),
        sa.Column("whole", sa.Boolean, nullable=False),
    )


def downgrade() -> None:
    """Take it away; the records are not touched."""
    op.drop_table("calls")
