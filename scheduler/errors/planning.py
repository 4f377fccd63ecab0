"""What cannot be planned, changed or taken back."""

from scheduler.errors.base import Refused


class BadRecurrence(Refused):
    """The `rrule` cannot be used; `reason` is `form`, `frequency`, `time_of_day`, `not_a_rule` or `never`."""

    code = "bad_recurrence"


class UnknownSlot(Refused):
    """There is no slot with this code (`slot`)."""

    code = "unknown_slot"


class SlotExists(Refused):
    """A slot with this code (`slot`) exists, or did and its code stays taken."""

    code = "slot_exists"


class NotAnOccurrence(Refused):
    """The slot (`slot`) has no broadcast on that day (`on`)."""

    code = "not_an_occurrence"


class TooLateToPlan(Refused):
    """What starts at `starts_at` is on air, past or so near that it is not changed any more."""

    code = "too_late_to_plan"


class NothingToPlan(Refused):
    """No zone can carry the broadcast; `findings` say why."""

    code = "nothing_to_plan"


class UnknownBroadcast(Refused):
    """No broadcast has an identifier that begins with `broadcast`, or more than one has."""

    code = "unknown_broadcast"


class NothingToUndo(Refused):
    """There is no change of the plan by this person that could be taken back."""

    code = "nothing_to_undo"


class ChangedSince(Refused):
    """Somebody changed the same thing (`what`) again, so the earlier change cannot be taken back."""

    code = "changed_since"


class NothingToCopy(Refused):
    """Nothing of the week before can be planned again in this one."""

    code = "nothing_to_copy"
