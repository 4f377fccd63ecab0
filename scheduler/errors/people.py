"""Who is not let in, and what a user's name or password may not be."""

from scheduler.errors.base import Refused


class UnknownSession(Refused):
    """No such session of this user (`session`)."""

    code = "unknown_session"


class UnknownUser(Refused):
    """Nobody signs in with this name (`login`)."""

    code = "unknown_user"


class LoginTaken(Refused):
    """Somebody signs in with this name (`login`) already."""

    code = "login_taken"


class WeakPassword(Refused):
    """The password is too short, too long, too uniform, or holds the person's own name."""

    code = "weak_password"


class WrongPassword(Refused):
    """The password that was asked for again is not the person's."""

    code = "wrong_password"


class BadCode(Refused):
    """The one-time code was never issued, is used up or too old."""

    code = "bad_code"


class SignInRefused(Refused):
    """The name and the password do not belong together, or the person is not let in any more."""

    code = "sign_in_refused"


class LastAdmin(Refused):
    """Nobody would be left who may manage the whole station."""

    code = "last_admin"


class TooManyTries(Refused):
    """Codes were tried too often from here; `wait` is how many seconds to wait."""

    code = "too_many_tries"
