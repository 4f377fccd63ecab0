"""What Prometheus scrapes at /metrics: the station in numbers, and how this web process answers."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time

from apiflask import APIBlueprint
from flask import Response, current_app
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from scheduler.domain.people import Right
from scheduler.domain.station import Readings
from scheduler.domain.time import local_day
from scheduler.errors import TokenMayNot
from scheduler.services import measures
from scheduler.services.measures import Measures
from web.api.access import caller
from web.security import allow
from web.station import look, now, station

operations = APIBlueprint("metrics", __name__, enable_openapi=False)

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Answers:
    """How quickly this process answers; pages and API apart."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=self.registry)
        self._seconds = Histogram(
            "loaban_web_answer_seconds",
            "Seconds until an answer began, by application and status.",
            ("application", "status"),
            buckets=BUCKETS,
            registry=self.registry,
        )

    def note(self, application: str, status: str, *, seconds: float) -> None:
        """One answer; `status` is the line that was sent, of which the first figure counts."""
        self._seconds.labels(application, f"{status[:1]}xx").observe(seconds)


@operations.get("/metrics")
@allow(Right.SEE)
def show_metrics() -> Response:
    """All numbers in the text format; only for tokens that reach the whole station."""
    if not caller().scope.is_everywhere:
        raise TokenMayNot(needed="toàn đài, the whole station")
    settings, at = station().settings, now()
    with look() as session:
        found = measures.read(session, now=at, day=local_day(at, settings.time_zone), patience=settings.silence)
    readings: Readings = current_app.extensions["look_at_machine"]()
    fresh = CollectorRegistry(auto_describe=False)
    fresh.register(_Station(found, readings, at))
    answers: Answers = current_app.extensions["answers"]
    return Response(generate_latest(fresh) + generate_latest(answers.registry), content_type=CONTENT_TYPE_LATEST)


class _Station(Collector):
    """The numbers of one look as Prometheus wants them."""

    def __init__(self, found: Measures, readings: Readings, at: datetime) -> None:
        self._found, self._readings, self._at = found, readings, at

    def collect(self) -> Iterator[Metric]:
        """All families of numbers."""
        yield from self._of_places()
        yield from self._of_broadcasts()
        yield from self._of_work()
        yield from self._of_machine()

    def _of_places(self) -> Iterator[Metric]:
        zones = GaugeMetricFamily("loaban_zones", "Zones in use or paused, by how they are now.", labels=["state"])
        for state, number in self._found.zones.items():
            zones.add_metric([state.value], number)
        yield zones
        yield _plain("loaban_players", "Village players that are let in.", self._found.players)
        yield _plain("loaban_players_online", "Village players in contact.", self._found.players_online)

    def _of_broadcasts(self) -> Iterator[Metric]:
        found = self._found
        deliveries = GaugeMetricFamily(
            "loaban_deliveries_today", "Deliveries in today's log, by the entry that holds.", labels=["kind"]
        )
        for kind, number in found.deliveries_today.items():
            deliveries.add_metric([kind.value], number)
        yield deliveries
        for name, says, numbers in (
            ("loaban_broadcast_this_year", "Airings of this year that count.", found.broadcast_this_year),
            ("loaban_produced_this_year", "Editions first approved this year.", found.produced_this_year),
        ):
            family = GaugeMetricFamily(name, says, labels=["language"])
            for language, number in numbers.items():
                family.add_metric([language], number)
            yield family
        yield _plain("loaban_broadcasts_next_day", "Broadcasts planned in 24 hours.", found.broadcasts_next_day)
        yield from _instant("loaban_next_broadcast", "When the next broadcast starts.", found.next_broadcast_at)
        yield from _instant("loaban_plan_written", "When the plan was last written.", found.plan_written_at)
        yield _plain("loaban_plan_findings", "Findings about broadcasts to come.", found.findings)

    def _of_work(self) -> Iterator[Metric]:
        found = self._found
        alarms = GaugeMetricFamily("loaban_alarms", "Open alarms.", labels=["kind", "acknowledged"])
        for (kind, is_acknowledged), number in sorted(found.alarms.items()):
            alarms.add_metric([kind, "yes" if is_acknowledged else "no"], number)
        yield alarms
        signs = GaugeMetricFamily(
            "loaban_silent_seconds", "Seconds since a process of the role gave its last sign of life.", labels=["role"]
        )
        for role, at in sorted(found.signs.items()):
            signs.add_metric([role], max(0.0, (self._at - at).total_seconds()))
        yield signs
        for name, says, number in (
            ("loaban_journal_rows_waiting", "Rows of villages that are not in the log yet.", found.journal_waiting),
            ("loaban_journal_rows_held_back", "Rows of villages that cannot be used.", found.journal_held_back),
            ("loaban_ingest_waiting", "Recordings that wait to be taken in.", found.ingest_waiting),
            ("loaban_notices_waiting", "Notices that nobody has taken yet.", found.notices_waiting),
            ("loaban_notices_given_up", "Notices that were given up.", found.notices_given_up),
            ("loaban_central_messages_waiting", "Messages the central system has not taken.", found.central_waiting),
            ("loaban_seals", "Seals of the log.", found.seals),
        ):
            yield _plain(name, says, number)
        yield from _instant("loaban_sealed_until", "The last day that is sealed, as its 00:00 UTC.", found.sealed_until)

    def _of_machine(self) -> Iterator[Metric]:
        readings = self._readings
        yield _plain("loaban_disk_free_bytes", "Room left for the station's files.", readings.free_bytes)
        yield _plain("loaban_disk_total_bytes", "Size of the disk of the station's files.", readings.total_bytes)
        if readings.synchronised is not None:
            yield _plain("loaban_clock_synchronised", "1: the clock follows a time source.", int(readings.synchronised))


def _plain(name: str, says: str, number: float) -> Metric:
    return GaugeMetricFamily(name, says, value=number)


def _instant(name: str, says: str, at: datetime | date | None) -> Iterator[Metric]:
    """An instant in seconds since 1970; nothing where there is none."""
    if at is None:
        return
    instant = at if isinstance(at, datetime) else datetime.combine(at, time.min, UTC)
    yield GaugeMetricFamily(f"{name}_timestamp_seconds", says, value=instant.timestamp())
