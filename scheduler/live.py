"""A programme that is armed or sounds, and what it leaves for the log."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from scheduler.domain.going_to_air import tell_outcome
from scheduler.domain.playout import EntryKind, Evidence, NewEntry, Reason
from scheduler.ports import PERMIT_LOST, Outcome, Sounding, Stretch
from scheduler.services.due import DueProgramme
from scheduler.tenure import Tenure


@dataclass(kw_only=True, slots=True, eq=False)
class Live:
    """One claim of ours with its sounding."""

    due: DueProgramme
    tenure: Tenure
    sounding: Sounding
    begins_at: datetime
    reason: Reason | None
    """Why an edition of it may be cut: it started late, or in a later life."""
    missed_reason: Reason | None
    """Why an edition of it may not sound at all."""
    note: str = ""
    earlier: tuple[Stretch, ...] = ()
    """What sounded of it in earlier lives."""
    stop_reason: Reason | None = None
    """Set before it is stopped on purpose."""

    def stop(self, reason: Reason) -> None:
        """Fall silent, for this reason."""
        self.stop_reason = self.stop_reason or reason
        self.sounding.stop()

    def lost_permit(self, outcome: Outcome) -> bool:
        """Tell whether it fell silent only because this daemon's right to sound ended."""
        return outcome.failure == PERMIT_LOST and self.stop_reason is None

    def tell(self, outcome: Outcome, *, owner: str) -> tuple[NewEntry, ...]:
        """The entries of its outcome."""
        reason, missed = self.reason, self.missed_reason or self.reason
        note = self.note
        if self.stop_reason is not None:
            reason = missed = self.stop_reason
        elif outcome.failure is not None:
            reason = missed = Reason.CARRIER_FAILED
            note = "; ".join(filter(None, (note, outcome.failure)))
        return tuple(
            tell_outcome(
                self.due.order.deliveries,
                (*self.earlier, *outcome.stretches),
                zone_id=self.due.zone_id,
                evidence=max(outcome.evidence, Evidence.STARTED, key=lambda level: level.rank)
                if self.earlier
                else outcome.evidence,
                reason=reason,
                missed_reason=missed,
                recorded_by=owner,
                rendition_sha256=self.due.order.rendition_sha256,
                note=note,
            )
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Past:
    """What this process knows of a claim it had to let go: what sounded, and why it fell silent."""

    stretches: tuple[Stretch, ...]
    reason: Reason


def tell_ended(
    programme: DueProgramme, heard: Sequence[Stretch], *, reason: Reason, owner: str, is_known: bool
) -> tuple[NewEntry, ...]:
    """The entries of a programme whose life ended and that is not joined again.

    `is_known` tells whether what was heard is all that can have sounded; another process that died may have sounded
    what its carrier cannot recall.
    """
    entries = tell_outcome(
        programme.order.deliveries,
        heard,
        zone_id=programme.zone_id,
        evidence=Evidence.STARTED,
        reason=reason,
        missed_reason=reason,
        recorded_by=owner,
        rendition_sha256=programme.order.rendition_sha256,
    )
    if heard or is_known or programme.begun_at is None:
        return tuple(entries)
    # It began, but its carrier cannot tell how far it came: the log says so and claims no second of it.
    begun, *others = entries
    unknown = replace(
        begun,
        kind=EntryKind.FAILED,
        started_at=programme.begun_at,
        reason=reason,
        evidence=Evidence.STARTED,
        note="began; how much sounded is not known",
    )
    return (unknown, *others)
