"""When an airing counts: the counting rule as a value, and what deliveries and airings come to under it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from scheduler.domain.planning import Priority
from scheduler.domain.playout import EntryKind, Evidence

FULL_SHARE = 0.99
"""From this share on a person's figure means the whole edition: people write whole seconds."""
SECONDS_TOLERANCE = 1e-6


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """The counting rule: at least one zone sounded so much of the edition, known at least so well."""

    number: int
    least_share: float
    least_evidence: Evidence

    @property
    def accepted(self) -> tuple[Evidence, ...]:
        """The levels of evidence the rule accepts."""
        return tuple(level for level in Evidence if level.at_least(self.least_evidence))


FIRST_RULE = Rule(number=1, least_share=0.9, least_evidence=Evidence.HANDED_OVER)
"""What holds until a station adopts another."""


class Outcome(StrEnum):
    """What a delivery comes to, whatever the kind of its entry."""

    SOUNDED = "sounded"
    PARTIAL = "partial"
    MISSED = "missed"


class Apart(StrEnum):
    """What is counted by itself and never among a series' airings."""

    NO = ""
    EXERCISE = "exercise"
    EMERGENCY = "emergency"


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivered:
    """An entry of the as-run log as the rule sees it: how much one zone sounded, and how well that is known."""

    zone_id: int
    kind: EntryKind
    seconds_planned: float
    seconds_sounded: float
    evidence: Evidence
    attempt: int = 1


def apart_of(*, priority: int, exercise: bool) -> Apart:
    """Where an airing is counted; an exercise of an emergency is an exercise."""
    if exercise:
        return Apart.EXERCISE
    return Apart.EMERGENCY if priority >= Priority.EMERGENCY else Apart.NO


def share_of(*, sounded: float, planned: float) -> float:
    """How much of the edition sounded, 0…1; a stretch repeated after a pause does not make more than the whole."""
    return min(sounded / planned, 1.0) if planned > 0 else 0.0


def outcome_of(kind: EntryKind, *, sounded: float, planned: float) -> Outcome:
    """What an entry says became of the delivery; a correction speaks by its seconds."""
    if kind is EntryKind.SOUNDED:
        return Outcome.SOUNDED
    if kind in (EntryKind.MISSED, EntryKind.FAILED):
        return Outcome.MISSED
    if kind is EntryKind.CORRECTION:
        return outcome_by_share(sounded=sounded, planned=planned)
    return Outcome.PARTIAL


def outcome_by_share(*, sounded: float, planned: float) -> Outcome:
    """What became of a delivery of which only the seconds are known, as a person tells them."""
    if sounded <= 0:
        return Outcome.MISSED
    whole = sounded >= planned * FULL_SHARE - SECONDS_TOLERANCE
    return Outcome.SOUNDED if whole else Outcome.PARTIAL


def delivery_counts(*, sounded: float, planned: float, evidence: Evidence, rule: Rule) -> bool:
    """Tell whether one zone alone is enough for its airing to count."""
    enough = planned > 0 and sounded >= rule.least_share * planned - SECONDS_TOLERANCE
    return enough and sounded > 0 and evidence.at_least(rule.least_evidence)


def effective(deliveries: Iterable[Delivered]) -> list[Delivered]:
    """The entry that holds for each zone: the one of the highest attempt."""
    latest: dict[int, Delivered] = {}
    for item in deliveries:
        if item.zone_id not in latest or item.attempt > latest[item.zone_id].attempt:
            latest[item.zone_id] = item
    return list(latest.values())


def airing_counts(deliveries: Iterable[Delivered], rule: Rule) -> bool:
    """Tell whether an airing counts, once, however many zones carried it and however often each was tried."""
    return any(
        delivery_counts(
            sounded=item.seconds_sounded, planned=item.seconds_planned, evidence=item.evidence, rule=rule
        )
        for item in effective(deliveries)
    )  # fmt: skip


def count_airings(airings: Iterable[Sequence[Delivered]], rule: Rule) -> int:
    """How many of these airings count; the same episode aired twice is two airings."""
    return sum(airing_counts(deliveries, rule) for deliveries in airings)
