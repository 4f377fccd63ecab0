"""Who may say and hear what at a broker: a box its own topics, each in one direction; the station all of ours."""

from scheduler.broker.address import STATION_CLIENTS
from scheduler.village_messages import FROM_PLAYER, FROM_STATION, TOPIC_ROOT, topic_of


class Access:
    """The rights of one user name."""

    def __init__(self, username: str, *, is_station: bool = False) -> None:
        self._username = username
        self._is_station = is_station
        self._writes = frozenset(topic_of(username, topic) for topic in FROM_PLAYER)
        self._reads = frozenset(topic_of(username, topic) for topic in FROM_STATION)

    def may_be(self, client_id: str) -> bool:
        """Tell whether it may connect under this client id, and so take over that session."""
        return client_id.startswith(STATION_CLIENTS) if self._is_station else client_id == self._username

    def may_write(self, topic: str) -> bool:
        """Tell whether it may publish there."""
        return topic.startswith(f"{TOPIC_ROOT}/") if self._is_station else topic in self._writes

    def may_read(self, topic_filter: str) -> bool:
        """Tell whether it may subscribe to this."""
        if not self._is_station:
            return topic_filter in self._reads
        if topic_filter.startswith("$share/"):
            topic_filter = topic_filter.split("/", 2)[-1]
        return topic_filter.startswith(f"{TOPIC_ROOT}/")
