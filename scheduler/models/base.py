"""What all rows share: the declarative base, column types and the way enums are stored."""

from datetime import UTC, date, datetime, time
from enum import Enum as PyEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Date, DateTime, Dialect, Enum, Integer, MetaData, Time, Uuid
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """Stores an instant in UTC and refuses one without a zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """The instant as a naive UTC value for the database."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError("refusing to store a naive datetime")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """The stored instant, aware again."""
        return None if value is None else value.replace(tzinfo=UTC)


BigId = BigInteger().with_variant(Integer(), "sqlite")
"""A key for tables that grow without end; SQLite numbers only INTEGER keys by itself."""


def enum_type(kind: type[PyEnum]) -> Enum:
    """A text column that holds the values of an enum (no database enum: a new value needs no migration)."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=32,
        values_callable=lambda members: [str(member.value) for member in members],
    )


class Row(DeclarativeBase):
    """Base of all rows; singular class, singular table."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        date: Date(),
        time: Time(),
        UUID: Uuid(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
    }


__all__ = ["BigId", "Row", "UtcDateTime", "enum_type"]
