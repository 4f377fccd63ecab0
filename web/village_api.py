"""What village players ask over HTTPS: to be paired, and the files they play. Answers are JSON, errors too."""

import logging
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from flask import Blueprint, Response, abort, jsonify, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_limiter import RateLimitExceeded
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from scheduler.broker.address import public_url as broker_url
from scheduler.errors import BadMessage, BroadcastError, Refused, Unavailable
from scheduler.services import pairing, village_files
from scheduler.signing import Verifier, station_key
from scheduler.wording import word
from web.media import shorten_range
from web.security import Policy, allow, box, csrf
from web.station import look, media, now, station
from web.throttle import limiter
from web.translations import page_language

logger = logging.getLogger(__name__)
pages = Blueprint("village_api", __name__, url_prefix="/village")
csrf.exempt(pages)

REFUSED_CODES_OF_ADDRESS = "10 per hour"
REFUSED_CODES_OF_ALL = "2000 per hour"
"""A year of as many guesses finds one of 40 open codes once in a thousand: there are 8.5 · 10¹¹."""
PIECES_OF_BOX = "240 per minute"
LARGEST_REQUEST = 4096
CODES = {"bad_code": 403, "bad_message": 400, "bad_signature": 400}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a box sends to be paired; `proof` is `loaban pair <code>`, signed with the box's key and sealed."""

    code: str
    public_key: str
    proof: str
    box: str = ""


def _was_refused(answer: Response) -> bool:
    return answer.status_code in {400, 403}


# --- pairing ------------------------------------------------------------------------------------------------------
@pages.post("/pair")
@allow(Policy.OPEN)
@limiter.limit(REFUSED_CODES_OF_ADDRESS, deduct_when=_was_refused)
@limiter.limit(REFUSED_CODES_OF_ALL, key_func=lambda: "pairing", deduct_when=_was_refused)
def pair() -> ResponseReturnValue:
    """Give a box its credentials for a code, once; it proves that the key it names is its own."""
    asked = _read_asked()
    with station().sessions.begin() as session:
        paired = pairing.pair(session, asked.code, public_key=asked.public_key, box=asked.box, now=now())
        told = _membership(paired)
    logger.info("village.paired username=%s zone_id=%s", paired.player.username, paired.zone.id)
    return jsonify(told), 201


@pages.get("/pair")
@allow(Policy.OPEN)
def tell_what_for() -> ResponseReturnValue:
    """Who scans the code with a telephone is told what it is for; the code itself never comes here (it follows `#`)."""
    sentence = word("code_is_for_box", {}, language=page_language())
    return render_template("village/code.html", sentence=sentence)


def _read_asked() -> Asked:
    if request.mimetype != "application/json":
        abort(415)
    if (request.content_length or 0) > LARGEST_REQUEST:
        abort(413)
    try:
        asked = msgspec.json.decode(request.get_data(cache=False), type=Asked)
        proved = Verifier(asked.public_key).open(asked.proof.encode())
        said = f"loaban pair {asked.code}".encode()
    except (msgspec.MsgspecError, ValueError) as error:
        raise BadMessage(reason=str(error)[:200]) from error
    if proved != said:
        raise BadMessage(reason="proof")
    return asked


def _membership(paired: pairing.Paired) -> Mapping[str, Any]:
    """All that the box keeps from now on; the same words as `audio.village.home.Membership`."""
    settings = station().settings
    return {
        "station_url": settings.public_url or request.host_url.rstrip("/"),
        "broker_url": broker_url(settings, reached_at=urlsplit(request.host_url).hostname or ""),
        "username": paired.player.username,
        "password": paired.password,
        "token": paired.token,
        "station_key": station_key(settings.home).public,
        "zone_id": paired.zone.id,
        "zone_code": paired.zone.code,
        "zone_name": paired.zone.name,
        "paired_at": paired.player.paired_at.isoformat(),
        "instance": paired.instance,
    }


# --- files --------------------------------------------------------------------------------------------------------
@pages.get("/files/<sha256>")
@allow(Policy.BOX, by_person=False)
@limiter.limit(PIECES_OF_BOX, key_func=lambda: f"box:{box().player_id}")
def send_village_file(sha256: str) -> ResponseReturnValue:
    """A file that villages play, whole or from where the box has come; never anything else of the station."""
    with look() as session:
        if not village_files.is_sent_to_villages(session, sha256):
            abort(404)
    shorten_range()
    answer = send_file(
        Path(media().path(sha256)), mimetype="audio/ogg", download_name=f"{sha256}.opus", conditional=True, etag=sha256
    )
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Accept-Ranges"] = "bytes"
    return answer


# --- errors -------------------------------------------------------------------------------------------------------
def _tell(code: str, facts: Mapping[str, object], status: int, headers: Mapping[str, str]) -> ResponseReturnValue:
    told: dict[str, object] = {"code": code, "sentence": word(code, facts, language=station().settings.language)}
    if "wait" in facts:
        told["wait"] = facts["wait"]
    return jsonify(told), status, dict(headers)


@pages.errorhandler(Refused)
@pages.errorhandler(Unavailable)
def _answer_ours(error: BroadcastError) -> ResponseReturnValue:
    status = 503 if isinstance(error, Unavailable) else CODES.get(error.code, 409)
    return _tell(error.code, error.facts, status, {})


@pages.errorhandler(RateLimitExceeded)
def _answer_too_many(error: RateLimitExceeded) -> ResponseReturnValue:
    wait = 60 if error.limit is None else error.limit.limit.get_expiry()
    return _tell("too_many_tries", {"wait": wait}, 429, {"Retry-After": str(wait)})


@pages.errorhandler(HTTPException)
def _answer_http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response()
    kept = {"Allow", "Content-Range", "Retry-After", "WWW-Authenticate"}
    headers = {name: value for name, value in error.get_headers() if name in kept}
    return jsonify({"code": f"http_{error.code}", "sentence": error.name}), error.code, headers


@pages.errorhandler(OperationalError)
def _answer_database(error: OperationalError) -> ResponseReturnValue:
    logger.error("village.database_failed reason=%s", error.orig)
    return _tell("database_unreachable", {"reason": ""}, 503, {"Retry-After": "30"})


@pages.errorhandler(Exception)
def _answer_bug(error: Exception) -> ResponseReturnValue:
    reference = secrets.token_hex(4)
    logger.error("village.failed reference=%s", reference, exc_info=error)
    return _tell("page_failed", {"reference": reference}, 500, {})
