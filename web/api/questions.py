"""What programs may ask for: the fields of their questions, each checked as strictly as it is documented."""

import re
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from scheduler.domain.log_filter import Ending
from scheduler.domain.playout import Reason
from scheduler.domain.programme import EditionState

CODE = r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$"
TEXT = r"^[^\x00-\x1f\x7f]{1,100}$"
LANGUAGE = r"^[a-z]{2,3}$"
CURSOR = r"^[A-Za-z0-9_-]{1,1000}$"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,18}", re.ASCII)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def _written(pattern: re.Pattern[str], form: str) -> BeforeValidator:
    """Pydantic takes many ways of writing a day or a number; a question has one."""

    def check(value: Any) -> Any:
        if isinstance(value, str) and pattern.fullmatch(value) is None:
            raise ValueError(f"must be written as {form}")
        return value

    return BeforeValidator(check)


Day = Annotated[date, _written(_DAY, "YYYY-MM-DD")]
Number = Annotated[int, _written(_NUMBER, "digits")]
Year = Annotated[int, Field(ge=1900, le=2999), _written(_NUMBER, "digits")]
Id = Annotated[UUID, _written(_UUID, "a UUID with hyphens")]


class Question(BaseModel):
    """A question without fields; a field that is not known is refused, since a misspelt filter would not filter."""

    model_config = ConfigDict(extra="forbid", populate_by_name=False)


class PageQuestion(Question):
    """A question that is answered page by page."""

    cursor: str | None = Field(None, pattern=CURSOR, description="`next` of the page before; none for the first page.")
    limit: Number = Field(100, ge=1, le=500, description="The most items of a page.")


class EpisodeQuestion(PageQuestion):
    """Which episodes."""

    series: str | None = Field(None, pattern=CODE, description="Code of a series.")
    year: Year | None = Field(None, description="The year of the episode's number.")
    language: str | None = Field(None, pattern=LANGUAGE, description="Has an edition in this language (ISO 639).")
    state: EditionState | None = Field(None, description="Has an edition in this state.")
    search: str | None = Field(
        None, pattern=TEXT, description="Words of title, topic or procedures, with or without diacritics; a number."
    )


class DaysQuestion(PageQuestion):
    """From one day of the station to another, both included."""

    first: Day = Field(alias="from", description="First local day, YYYY-MM-DD.")
    last: Day = Field(alias="to", description="Last local day, YYYY-MM-DD; included.")


class BroadcastQuestion(DaysQuestion):
    """Which broadcasts of the plan."""

    series: str | None = Field(None, pattern=CODE, description="Code of a series.")


class DeliveryQuestion(DaysQuestion):
    """Which deliveries of the as-run log."""

    area: str | None = Field(None, pattern=TEXT, description="`#number`, code or name of an area; all that lies in it.")
    zone: str | None = Field(None, pattern=CODE, description="Code of a zone.")
    series: str | None = Field(None, pattern=CODE, description="Code of a series.")
    language: str | None = Field(None, pattern=LANGUAGE, description="ISO 639.")
    outcome: Ending | None = Field(None, description="What the last word on it says. `waiting` finds nothing here.")
    reason: Reason | None = Field(None, description="Why it was not or not wholly heard.")
    airing: Id | None = Field(None, description="One airing: all its zones.")


class CountQuestion(Question):
    """Which days, and of what."""

    first: Day = Field(alias="from", description="First local day, YYYY-MM-DD.")
    last: Day = Field(alias="to", description="Last local day, YYYY-MM-DD; included.")
    area: str | None = Field(None, pattern=TEXT, description="`#number`, code or name of an area; all that lies in it.")
    series: str | None = Field(None, pattern=CODE, description="Code of a series.")


class ZoneQuestion(PageQuestion):
    """Which zones."""

    area: str | None = Field(None, pattern=TEXT, description="`#number`, code or name of an area; all that lies in it.")
