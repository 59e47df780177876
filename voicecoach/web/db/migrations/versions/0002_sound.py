"""Each rep's answer about sound; nobody has been asked yet."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the answer and the days after which sound goes."""
    op.add_column("account", sa.Column("keep_sound", sa.Boolean(), nullable=True))
    op.add_column("account", sa.Column("sound_days", sa.Integer(), nullable=False, server_default="90"))
