"""Every error raised on purpose: a stable code and facts, no wording (see `scheduler.wording`)."""

from typing import ClassVar


class BroadcastError(Exception):
    """Root of all errors raised on purpose.

    `code` is stable and machine-readable; `facts` are the keyword values the wording may name.
    """

    code: ClassVar[str] = "broadcast_error"

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.code, facts)

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{self.code}({told})"


class Refused(BroadcastError):
    """The request breaks a rule of the station; asking again will not help."""

    code = "refused"


class Unavailable(BroadcastError):
    """Something outside (carrier, disk, database) failed; asking again may help."""

    code = "unavailable"


# --- settings -------------------------------------------------------------------------------------------------
class BadSettings(Refused):
    """One or more settings cannot be used; `problems` lists them all."""

    code = "bad_settings"


class PartNotInstalled(Refused):
    """A command needs a `library` that this installation does not have: a player has nothing of a station."""

    code = "part_not_installed"


# --- media ----------------------------------------------------------------------------------------------------
class MediaMissing(Unavailable):
    """No file with this `sha256` is in the media store."""

    code = "media_missing"


class MediaCorrupt(Unavailable):
    """The stored file's bytes are not those of its name (`sha256`)."""

    code = "media_corrupt"


class MediaNotStored(Unavailable):
    """The disk did not take the file; `reason` is what it said."""

    code = "media_not_stored"


# --- sound --------------------------------------------------------------------------------------------------
class FileEmpty(Refused):
    """The file has no bytes."""

    code = "file_empty"


class NotAudio(Refused):
    """The bytes are not sound: text, a web page, a picture, noise."""

    code = "not_audio"


class Playlist(Refused):
    """The file only names other files or addresses; `kind` says which kind of list it is."""

    code = "playlist"


class NoAudioStream(Refused):
    """A film or container without any sound in it."""

    code = "no_audio_stream"


class CodecNotAllowed(Refused):
    """The sound is coded in a way (`codec`) that this station does not take."""

    code = "codec_not_allowed"


class Truncated(Refused):
    """Part of the file is missing: `share` of what it promises is there (None: its end mark is missing)."""

    code = "truncated"


class HeaderLies(Refused):
    """The header tells another length (`told_s`) than the file holds (`held_s`), beyond what damage explains."""

    code = "header_lies"


class NanSamples(Refused):
    """From `at_s` on there are numbers that are no sound (NaN, infinite or absurdly large)."""

    code = "nan_samples"


class TooLong(Refused):
    """There is more sound than `limit_s`."""

    code = "too_long"


class TooShort(Refused):
    """There is less sound (`seconds`) than `limit_s`."""

    code = "too_short"


class Silent(Refused):
    """Nothing in the file is louder than `limit_lufs`."""

    code = "silent"


class TooHeavy(Refused):
    """Measuring the file needs more memory or computing time than one recording may take."""

    code = "too_heavy"


class IngestCrashed(Refused):
    """The file brings down the process that measures it."""

    code = "ingest_crashed"


class StepFailed(Unavailable):
    """A step of making the file that airs (`step`) failed for a reason outside the file (`reason`)."""

    code = "step_failed"


# --- catalogue ----------------------------------------------------------------------------------------------
class UnknownSeries(Refused):
    """There is no series with this code (`series`)."""

    code = "unknown_series"


class UnknownEpisode(Refused):
    """The series (`series`) has no episode of this `year` and `number`."""

    code = "unknown_episode"


class UnknownEdition(Refused):
    """The episode (`series`, `year`, `number`) is not made in this `language`."""

    code = "unknown_edition"


class UnknownLanguage(Refused):
    """The `language` is not on the station's list (`known`)."""

    code = "unknown_language"


class SeriesExists(Refused):
    """A series with this code (`series`) is in the catalogue, or was and its code stays taken."""

    code = "series_exists"


class EpisodeExists(Refused):
    """The series (`series`) has an episode of this `year` and `number`, or had one whose number stays taken."""

    code = "episode_exists"


class BadField(Refused):
    """The value (`value`) of this `field` is empty or not of the form it must have."""

    code = "bad_field"


class StepNotAllowed(Refused):
    """An edition that is `state` cannot become `wanted`."""

    code = "step_not_allowed"


class ReasonMissing(Refused):
    """The `decision` needs a reason that the makers can read."""

    code = "reason_missing"


class UnknownRecording(Refused):
    """No take of the edition has bytes whose SHA-256 begins with `sha256`."""

    code = "unknown_recording"


class NoTakeYet(UnknownRecording):
    """Nothing was delivered for the edition yet."""

    code = "no_take_yet"


class RecordingNotFound(Refused):
    """There is no recording with this number (`recording`)."""

    code = "recording_not_found"


class DuplicateRecording(Refused):
    """The same bytes are take `take` of `series` number `number` of `year` in `language` (`recording`)."""

    code = "duplicate_recording"


class RecordingNotMeasured(Refused):
    """The `take` has not been measured and rendered yet."""

    code = "recording_not_measured"


class TakeChanged(Refused):
    """Another `take` than the one that was looked at is the newest to decide on."""

    code = "take_changed"


class AuthorMayNotApprove(Refused):
    """Who delivered the take or laid it before the approver does not approve it; a rule of the station."""

    code = "author_may_not_approve"


class RecordingRefused(Refused):
    """The `take` was refused by the measurement for `reason`."""

    code = "recording_refused"


# --- coverage -----------------------------------------------------------------------------------------------
class UnknownArea(Refused):
    """No `area` goes by this code or name on the day (`on`)."""

    code = "unknown_area"


class AmbiguousArea(Refused):
    """Several areas go by this name (`area`); `found` lists them."""

    code = "ambiguous_area"


class AreaCodeTaken(Refused):
    """Another area (`area`) bears this `area_code` in a part of that time."""

    code = "area_code_taken"


class UnknownZone(Refused):
    """There is no zone with this code (`zone`)."""

    code = "unknown_zone"


class UnknownLoudspeaker(Refused):
    """No loudspeaker in use has this number."""

    code = "unknown_loudspeaker"


class ZoneExists(Refused):
    """A zone with this code (`zone`) exists, or did and its code stays taken."""

    code = "zone_exists"


class BadHours(Refused):
    """These `hours` are not stretches of a day such as 05:00-21:00."""

    code = "bad_hours"


# --- planning -----------------------------------------------------------------------------------------------
class BadRecurrence(Refused):
    """The recurrence (`rrule`) cannot be used; `reason` is `form`, `frequency`, `time_of_day`, `not_a_rule` or `never`."""

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


# --- playout --------------------------------------------------------------------------------------------------
class UnknownCarrier(Refused):
    """A zone names a carrier (`name`) that this station does not know; `known` lists those it does."""

    code = "unknown_carrier"


class CarrierDown(Unavailable):
    """The carrier (`name`) cannot sound now; `reason` is what it said."""

    code = "carrier_down"


class DatabaseOutOfDate(Unavailable):
    """The database lacks migrations that this software needs."""

    code = "database_out_of_date"


# --- as-run log and counting ------------------------------------------------------------------------------------
class UnknownAiring(Refused):
    """There is no airing with this number (`airing`) in the plan."""

    code = "unknown_airing"


class NotInLog(Refused):
    """The as-run log has nothing about this `airing` in this `zone`, so there is nothing to correct."""

    code = "not_in_log"


class UnknownDelivery(Refused):
    """The as-run log has no line about this `airing` in this `zone`, or it lies outside of the person's areas."""

    code = "unknown_delivery"


class DeliveryChanged(Refused):
    """Somebody else corrected the delivery meanwhile; `by` is who, `seconds` what they wrote."""

    code = "delivery_changed"


class BooksClosed(Refused):
    """The books of `day` (and of so many days in all: `number`) are closed; changes ask for a second person."""

    code = "books_closed"


class NothingToConfirm(Refused):
    """No delivery was ticked."""

    code = "nothing_to_confirm"


class NotOverYet(Refused):
    """The delivery of `at` may still sound: nobody can say yet what it came to."""

    code = "not_over_yet"


class RuleReachesClosedBooks(Refused):
    """A counting rule would change numbers of closed books (until `closed_until`); it may begin on `begins`."""

    code = "rule_reaches_closed_books"


class CountersignNeeded(Refused):
    """Who asked for a correction of closed books may not agree to it as well; `by` is that person."""

    code = "countersign_needed"


class AlreadyAsked(Refused):
    """A correction of this delivery waits for a second person already; `by` asked for it."""

    code = "already_asked"


class AlreadyDecided(Refused):
    """Somebody (`by`) has decided on this request already."""

    code = "already_decided"


class UnknownRequest(Refused):
    """There is no request for a correction with this `number`, or it is about a place outside the person's areas."""

    code = "unknown_request"


class PeriodNotOver(Refused):
    """Books are closed of days that are over; `last` is not."""

    code = "period_not_over"


class LinesOpen(Refused):
    """`number` lines of the period have no reason or no report, on `days`."""

    code = "lines_open"


class RequestsOpen(Refused):
    """`number` corrections of the period wait for a second person."""

    code = "requests_open"


class PeriodClosedAlready(Refused):
    """Exactly this period was closed on `at` by `by`."""

    code = "period_closed_already"


class UnknownClose(Refused):
    """There is no close of a period with this `number`."""

    code = "unknown_close"


class NothingToAnswer(Refused):
    """None of the lines chosen is open (any more)."""

    code = "nothing_to_answer"


class PeriodTooLong(Refused):
    """More days were asked for at once than the log is looked through; `days` is how many it may be."""

    code = "period_too_long"


class TooManyLines(Refused):
    """More lines fit than one file may hold; `limit` is how many it may."""

    code = "too_many_lines"


class BadPeriod(Refused):
    """The period ends (`last`) before it begins (`first`)."""

    code = "bad_period"


class LogbookUnreadable(Refused):
    """The file (`name`) is no workbook this station can read; `reason` is `format`, `too_big` or `damaged`."""

    code = "logbook_unreadable"


class LogbookProblems(Refused):
    """The logbook was not imported; `problems` lists every one of its `count` problems with sheet, row and column."""

    code = "logbook_problems"


# --- people ---------------------------------------------------------------------------------------------------
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


# --- uploads --------------------------------------------------------------------------------------------------
class UnknownUpload(Refused):
    """There is no such upload, or it is somebody else's (`upload`)."""

    code = "unknown_upload"


class UploadTooLarge(Refused):
    """The file is larger than `limit_mb`."""

    code = "upload_too_large"


class TooManyUploads(Refused):
    """The person has `limit` files under way or unconfirmed already."""

    code = "too_many_uploads"


class UploadUnfinished(Refused):
    """Not all of the file (`name`) is here yet."""

    code = "upload_unfinished"


class UploadOffsetWrong(Refused):
    """The part does not begin where the file ends so far (`offset`)."""

    code = "upload_offset_wrong"


class UploadBusy(Refused):
    """Another part of the same file is being written."""

    code = "upload_busy"


class UploadLost(Refused):
    """What was sent of the file is no longer on the disk."""

    code = "upload_lost"


class BadPart(Refused):
    """A part is smaller than `smallest` without being the last, or goes beyond the end of the file."""

    code = "bad_part"


class EpisodeTitleMissing(Refused):
    """There is no episode of this `number` and `year` yet, and without a title none is made."""

    code = "episode_title_missing"


class NoRoom(Unavailable):
    """The disk has no room for a file of this size (`free_mb` are left)."""

    code = "no_room"


# --- station --------------------------------------------------------------------------------------------------
class DatabaseUnreachable(Unavailable):
    """The database does not answer; `reason` is what its driver said."""

    code = "database_unreachable"


class PortTaken(Unavailable):
    """Another program listens on the page's address already (`host`, `port`)."""

    code = "port_taken"


class AddressRefused(Unavailable):
    """The computer does not let the page listen on `host`:`port`; `reason` is what it said."""

    code = "address_refused"


# --- villages -------------------------------------------------------------------------------------------------------
class BadMessage(Refused):
    """A message between station and village cannot be read; `reason` says why."""

    code = "bad_message"


class BadSignature(Refused):
    """A message bears no signature of a key that is believed; `reason` says which check failed."""

    code = "bad_signature"


class PlanRefused(Refused):
    """A plan that the station signed is not for this player, older than the one it has, or of no use; see `reason`."""

    code = "plan_refused"


class PlayerInUse(Unavailable):
    """Another process plays from `folder` already."""

    code = "player_in_use"


class NotPaired(Refused):
    """The player in `folder` was not paired with a zone yet."""

    code = "not_paired"


class BadMembership(Unavailable):
    """What the player in `folder` was given when it was paired cannot be read."""

    code = "bad_membership"


class BadBrokerAddress(Refused):
    """The `address` of a broker cannot be used: `mqtt://host:port` or `mqtts://host:port` is meant."""

    code = "bad_broker_address"


class LinkFull(Unavailable):
    """So many messages (`waiting`) wait for a broker already that no more are taken."""

    code = "link_full"


class NoPlayerThere(Refused):
    """No village player that is paired is in the place a command is for."""

    code = "no_player_there"


class NotAVillageZone(Refused):
    """The zone (`zone`) is not reached through a player in the village, so that no box can be paired with it."""

    code = "not_a_village_zone"


class UnknownPlayer(Refused):
    """There is no such box (`player`), or none that is let in for this zone."""

    code = "unknown_player"


class UnknownCommand(Refused):
    """There is no such command (`command`), or none that reached a zone of this person."""

    code = "unknown_command"


class NotForWholeStation(Refused):
    """Only who has the right in the whole station tells all villages something."""

    code = "not_for_whole_station"


class NotASamplePlayer(Refused):
    """Only a player that was started for a demonstration lets its link be cut from a page."""

    code = "not_a_sample_player"


class BrokerDied(Unavailable):
    """The embedded broker ended or did not start; `reason` is what is known."""

    code = "broker_died"


class BadStationAddress(Refused):
    """The `address` of a station (or file with its authority) cannot be used: `https://host` is meant."""

    code = "bad_station_address"


class PlainLinkRefused(Refused):
    """The station's `address` is plain http and not within the house: secrets would be read on the way."""

    code = "plain_link_refused"


class StationUnreachable(Unavailable):
    """The station does not answer a box, or not as it should; `reason` says what happened."""

    code = "station_unreachable"


class StationBusy(Unavailable):
    """The station asks a box to come again, after `wait_s` if it said so."""

    code = "station_busy"


class TokenRefused(Refused):
    """The station lets this box in no more: it was revoked, or replaced by another."""

    code = "token_refused"


class FileNotThere(Unavailable):
    """The station has no file with this `sha256` (any more, or yet)."""

    code = "file_not_there"


class FileOfAnotherSize(Refused):
    """The file `sha256` has another `size` at the station than the signed plan says."""

    code = "file_of_another_size"


class NothingToSay(Refused):
    """What a village was told to say (`broadcast`) is over, called off, or cannot be played there."""

    code = "nothing_to_say"


class BadPairingText(Refused):
    """What was typed or scanned (`text`) is no pairing code, or does not say of which station."""

    code = "bad_pairing_text"


class TooManyTries(Refused):
    """Codes were tried too often from here; `wait` is how many seconds to wait."""

    code = "too_many_tries"


class BadMembershipTold(Unavailable):
    """The station's answer to a pairing cannot be read; `reason` says why."""

    code = "bad_membership_told"


# --- what is told outside ---------------------------------------------------------------------------------------
class UnknownAlarm(Refused):
    """There is no `alarm` of this number."""

    code = "unknown_alarm"


class AlarmOver(Refused):
    """The trouble ended (`since`) before anybody said that they see to it."""

    code = "alarm_over"


class UnknownTarget(Refused):
    """Nobody is told under this `name`."""

    code = "unknown_target"


class BadTarget(Refused):
    """Nothing can be sent to this `address`."""

    code = "bad_target"


class CentralAway(Unavailable):
    """The central information system does not answer as it should; `reason` says how."""

    code = "central_away"


class CentralRefused(Refused):
    """The central information system does not want what it was told; `reason` says why."""

    code = "central_refused"


class UnknownBulletin(Refused):
    """The central system sent no `bulletin` of this number."""

    code = "unknown_bulletin"


class BulletinDecided(Refused):
    """Somebody (`by`) has decided on this already."""

    code = "bulletin_decided"


class BackupFailed(Unavailable):
    """No backup could be written into `folder`; `reason` says why."""

    code = "backup_failed"


class NoBackupFolder(Refused):
    """Nobody said where backups go."""

    code = "no_backup_folder"


class NoticeNotTaken(Unavailable):
    """Who is told did not take a notice; `reason` says what came back, `permanent` that asking again is in vain."""

    code = "notice_not_taken"


# --- tokens of other programs -------------------------------------------------------------------------------------
class TokenNeeded(Refused):
    """A program asked without a token that is valid."""

    code = "token_needed"


class TokenMayNot(Refused):
    """A token's role or area (`needed`) does not reach what a program asked for."""

    code = "token_may_not"


class UnknownToken(Refused):
    """There is no such token (`token`), or not for this person."""

    code = "unknown_token"


class BadQuestion(Refused):
    """What a program asked cannot be read; `problems` says of each field why."""

    code = "bad_question"


class BadCursor(Refused):
    """The place to read on from is not one that was given out for this question and this token."""

    code = "bad_cursor"


# --- documents ----------------------------------------------------------------------------------------------------
class FontsMissing(Unavailable):
    """The fonts of printed documents were not built (`folder` is where they belong)."""

    code = "fonts_missing"


class BadTemplate(Refused):
    """The station's template of the report (`name`) cannot be used: `problem` on `line` (0: not known where)."""

    code = "bad_template"


class UnknownFeed(Refused):
    """There is no calendar feed of this `feed` number, or not for this person."""

    code = "unknown_feed"


class TooManyDays(Refused):
    """A sheet of the log is of a week or a month: at most `limit` days."""

    code = "too_many_days"


# --- seals --------------------------------------------------------------------------------------------------------
class DayNotOver(Refused):
    """A `day` that is not over cannot be sealed."""

    code = "day_not_over"


class SealsDiffer(Refused):
    """The file of seals and the database do not tell the same about seal `number`: nothing is sealed on top of that."""

    code = "seals_differ"


class SealMadeMeanwhile(Unavailable):
    """Another process made seal `number` at the same moment."""

    code = "seal_made_meanwhile"


class UnknownSeal(Refused):
    """There is no seal `number`."""

    code = "unknown_seal"


class NotSealedYet(Refused):
    """The entry is in the log, and the day it was written on is not sealed yet."""

    code = "not_sealed_yet"


class SealTooLarge(Refused):
    """Seal `number` holds more than `most` rows: a proof for one of them would keep a page waiting."""

    code = "seal_too_large"


class SealKeyAway(Unavailable):
    """The key that signs seals is not on this machine."""

    code = "seal_key_away"


class FileInTheWay(Refused):
    """A file that would be written is there already (`path`)."""

    code = "file_in_the_way"
