"""The tables. What was said lies in the records on disk; here is who, when, and how it ended.

Secrets (codes, links, login tokens) are kept as SHA-256 only. Times are UTC; SQLite forgets the zone, `When` puts it
back.
"""

from datetime import UTC, date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from voicecoach.keep.privacy import DAYS

NAME: Final = 80
"""Characters of a name or a title."""


class When(sa.TypeDecorator[datetime]):
    """A moment with its zone, in both databases."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """Write UTC."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """Read UTC."""
        read: datetime | None = value
        return read.replace(tzinfo=UTC) if read is not None and read.tzinfo is None else read


class Base(DeclarativeBase):
    """All tables."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Account(Base):
    """A trainer, who logs in with a password, or a rep, who comes back with a code."""

    __tablename__ = "account"
    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    role: Mapped[str] = mapped_column(sa.String(16))
    """``trainer`` or ``rep``."""
    name: Mapped[str] = mapped_column(sa.String(NAME))
    login: Mapped[str | None] = mapped_column(sa.String(NAME), unique=True)
    """What a trainer types; a rep has none."""
    password_hash: Mapped[str | None] = mapped_column(sa.String(255))
    """argon2id."""
    code_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    """Of the code with which a rep comes back on another device."""
    keep_sound: Mapped[bool | None] = mapped_column(sa.Boolean)
    """Whether the sound of a rep's calls is kept; None: not asked yet, then it is not."""
    sound_days: Mapped[int] = mapped_column(sa.Integer, default=DAYS, server_default=str(DAYS))
    """Days after which their sound is deleted; 0: never."""
    created_at: Mapped[datetime] = mapped_column(When)


class Link(Base):
    """A link that works once: the first trainer's, or a further trainer's."""

    __tablename__ = "link"
    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(sa.String(16))
    expires_at: Mapped[datetime] = mapped_column(When)
    used_at: Mapped[datetime | None] = mapped_column(When)


class Login(Base):
    """A device that somebody is logged in on."""

    __tablename__ = "login"
    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime] = mapped_column(When)
    account: Mapped[Account] = relationship(lazy="joined")


class Cohort(Base):
    """An onboarding session: whom its reps call, in which order, and what counts as passed."""

    __tablename__ = "cohort"
    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    trainer_id: Mapped[str] = mapped_column(sa.ForeignKey("account.id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(NAME))
    join_code: Mapped[str] = mapped_column(sa.String(16), unique=True)
    """Given out in a room or a chat; it only lets one in as a new rep, and the trainer can change it."""
    open: Mapped[bool] = mapped_column(sa.Boolean)
    """Whether further reps may join."""
    calls_in_row: Mapped[int] = mapped_column(sa.Integer)
    least_score: Mapped[int] = mapped_column(sa.Integer)
    no_push_in_last: Mapped[bool] = mapped_column(sa.Boolean)
    shows_meter: Mapped[bool] = mapped_column(sa.Boolean)
    due_on: Mapped[date | None] = mapped_column(sa.Date)
    created_at: Mapped[datetime] = mapped_column(When)
    personas: Mapped[list["CohortPersona"]] = relationship(
        order_by="CohortPersona.place", cascade="all, delete-orphan", lazy="selectin"
    )


class CohortPersona(Base):
    """One prospect of an onboarding session."""

    __tablename__ = "cohort_persona"
    cohort_id: Mapped[str] = mapped_column(sa.ForeignKey("cohort.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    persona: Mapped[str] = mapped_column(sa.String(NAME))


class Member(Base):
    """A rep in an onboarding session."""

    __tablename__ = "member"
    cohort_id: Mapped[str] = mapped_column(sa.ForeignKey("cohort.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[str] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    joined_at: Mapped[datetime] = mapped_column(When)
    passed_at: Mapped[datetime | None] = mapped_column(When)
    account: Mapped[Account] = relationship(lazy="joined")


class CallKept(Base):
    """One call; its record lies in a folder of the same name."""

    __tablename__ = "call"
    id: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    account_id: Mapped[str] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    cohort_id: Mapped[str | None] = mapped_column(sa.ForeignKey("cohort.id", ondelete="SET NULL"), index=True)
    """The onboarding session it was assigned in; none: practice, which is private."""
    persona: Mapped[str] = mapped_column(sa.String(NAME))
    seed: Mapped[int] = mapped_column(sa.Integer)
    started_at: Mapped[datetime] = mapped_column(When, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(When)
    outcome: Mapped[str] = mapped_column(sa.String(16))
    """``agreed``, ``left_open``, ``lost``; empty while it runs; ``broken_off`` where it was cut short."""
    score: Mapped[int | None] = mapped_column(sa.Integer)
    replies: Mapped[int] = mapped_column(sa.Integer)
    pushes: Mapped[int] = mapped_column(sa.Integer)
    shared: Mapped[bool] = mapped_column(sa.Boolean)
    """Whether the rep lets the trainer hear it."""
    disputed: Mapped[int] = mapped_column(sa.Integer)
    """Verdicts that the rep disputes and the trainer has not decided."""
    account: Mapped[Account] = relationship(lazy="joined")
