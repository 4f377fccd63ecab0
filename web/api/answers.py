"""What programs are told: the fields of the answers. Instants are UTC (RFC 3339), days are the station's."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from scheduler.domain.counting import Outcome
from scheduler.domain.coverage import ZoneState
from scheduler.domain.people import Role
from scheduler.domain.playout import EntryKind, Evidence, Reason
from scheduler.domain.programme import EditionState
from scheduler.domain.week import EntryState


class Answer(BaseModel):
    """What all answers are: described as they are sent, not as they are put together."""

    model_config = ConfigDict(json_schema_mode_override="serialization")


class Listed(Answer):
    """A page of a list."""

    next: str | None = Field(description="The cursor of the page that follows; null on the last page.")


class Problem(Answer):
    """Problem details (RFC 9457)."""

    class Field(Answer):
        """What is wrong with one field of the question."""

        field: str
        detail: str

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[Field] | None = None


class TokenTold(Answer):
    """The token that asks."""

    name: str
    role: Role
    area: "AreaNamed | None"
    expires_at: datetime | None
    station: str
    time_zone: str


# --- catalogue ----------------------------------------------------------------------------------------------------
class SeriesTold(Answer):
    """A continuing column."""

    code: str
    title: str
    languages: list[str]
    shortest_seconds: float
    longest_seconds: float
    yearly_target: int | None = Field(description="Airings promised for a year.")


class SeriesPage(Listed):
    """Series by code."""

    items: list[SeriesTold]


class EditionTold(Answer):
    """An episode in one language; `recording_sha256` and `master_sha256` only of what is approved."""

    language: str
    title: str
    state: EditionState
    seconds: float | None
    recording_sha256: str | None
    master_sha256: str | None
    first_approved_at: datetime | None


class EpisodeTold(Answer):
    """One instalment of a series."""

    series: str
    year: int
    number: int
    title: str
    topic: str
    procedures: list[str]
    summary: str
    editions: list[EditionTold]


class EpisodePage(Listed):
    """Episodes in the order in which they were entered."""

    items: list[EpisodeTold]


# --- plan ---------------------------------------------------------------------------------------------------------
class EpisodeNamed(Answer):
    """An episode as it is named elsewhere."""

    series: str
    series_title: str
    year: int
    number: int
    title: str


class AiringTold(Answer):
    """One edition in one broadcast."""

    id: UUID
    language: str
    seconds: float
    recording_sha256: str | None
    master_sha256: str | None


class BroadcastTold(Answer):
    """One occurrence of a slot, or a one-off; `zones` counts those that the token reaches."""

    id: UUID
    slot: str | None = Field(description="Code of the slot; null for a one-off.")
    starts_at: datetime
    ends_at: datetime
    state: EntryState
    priority: int
    exercise: bool
    episode: EpisodeNamed
    zones: int
    airings: list[AiringTold]


class BroadcastPage(Listed):
    """Broadcasts by start."""

    items: list[BroadcastTold]


class HearingZone(Answer):
    """A zone that hears a broadcast, with its languages in the order in which it hears them."""

    code: str
    name: str
    languages: list[str]


class HearingZonePage(Listed):
    """Zones that hear a broadcast, by code."""

    items: list[HearingZone]


# --- places -------------------------------------------------------------------------------------------------------
class AreaNamed(Answer):
    """An area as it is named elsewhere."""

    id: int
    name: str


class AreaTold(Answer):
    """A node of the administrative tree as it stands today."""

    id: int
    parent_id: int | None = Field(description="Null also where the token does not reach the area above.")
    kind: str
    code: str | None
    name: str
    valid_from: date


class AreaPage(Listed):
    """Areas in the order in which they were entered."""

    items: list[AreaTold]


class ZoneTold(Answer):
    """Loudspeakers that hear the same thing, and how they are at this moment."""

    code: str
    name: str
    area: AreaNamed
    carrier: str
    languages: list[str]
    active: bool
    state: ZoneState
    loudspeakers_working: int
    loudspeakers_broken: int
    latitude: float | None
    longitude: float | None


class ZonePage(Listed):
    """Zones by code."""

    items: list[ZoneTold]


# --- log ----------------------------------------------------------------------------------------------------------
class ZoneNamed(Answer):
    """A zone as it was called when the entry was written."""

    code: str
    name: str


class EntryTold(Answer):
    """One entry of the as-run log; `attempt` 1 is what the station did, each correction is one more."""

    attempt: int
    kind: EntryKind
    outcome: Outcome
    started_at: datetime | None
    ended_at: datetime | None
    seconds_sounded: float
    reason: Reason | None
    evidence: Evidence
    source: str
    recorded_by: str
    countersigned_by: str
    recorded_at: datetime
    note: str


class DeliveryTold(Answer):
    """What became of one airing in one zone; the last of `entries` holds."""

    airing: UUID
    broadcast: UUID
    day: date
    planned_at: datetime
    zone: ZoneNamed
    area: AreaNamed
    series_title: str
    year: int
    number: int
    title: str
    language: str
    seconds_planned: float
    priority: int
    exercise: bool
    loudspeakers: int
    recording_sha256: str | None
    master_sha256: str | None
    rendition_sha256: str | None
    outcome: Outcome
    entries: list[EntryTold]


class DeliveryPage(Listed):
    """Deliveries in the order of the log: day, planned instant, zone, language."""

    items: list[DeliveryTold]


# --- counts -------------------------------------------------------------------------------------------------------
class RuleTold(Answer):
    """A counting rule and the days of the period it is for: one zone sounded so much, known at least so well."""

    first: date | None = Field(serialization_alias="from")
    last: date | None = Field(serialization_alias="to")
    number: int
    least_share: float
    least_evidence: Evidence


class Stretch(Answer):
    """A month (a year, where there are more than 13 months) of the period: numbers by language."""

    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    produced: dict[str, int]
    broadcast: dict[str, int]


class AreaCount(Answer):
    """One commune: airings that count there by language and stretch (in their order), deliveries by outcome."""

    area: AreaNamed
    ended_on: date | None
    broadcast: dict[str, list[int]]
    deliveries_sounded: int
    deliveries_partial: int
    deliveries_missed: int


class CountTold(Answer):
    """A period's numbers; those of what was produced are the whole station's, since editions belong to no area."""

    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    sentence: str = Field(description="The sentence of the official report, in Vietnamese.")
    produced_total: int
    produced: dict[str, int]
    broadcast_total: int
    broadcast: dict[str, int]
    planned: int
    waiting: int = Field(description="Airings of the plan the log says nothing about yet.")
    missed_by_reason: dict[str, int]
    apart: dict[str, int] = Field(description="Counted by themselves: exercises, emergencies.")
    by_series: dict[str, int]
    target: int | None
    towards_target: int
    rules: list[RuleTold] = Field(description="Several where the rule changed within the period.")
    stretches: list[Stretch]
    areas: list[AreaCount]
