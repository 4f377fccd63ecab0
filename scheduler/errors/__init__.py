"""Every error raised on purpose, by topic: a stable code and facts, no wording (see `scheduler.wording`)."""

from scheduler.errors.api import *
from scheduler.errors.base import *
from scheduler.errors.books import *
from scheduler.errors.counting import *
from scheduler.errors.coverage import *
from scheduler.errors.documents import *
from scheduler.errors.evidence import *
from scheduler.errors.logbook import *
from scheduler.errors.media import *
from scheduler.errors.people import *
from scheduler.errors.planning import *
from scheduler.errors.playout import *
from scheduler.errors.programme import *
from scheduler.errors.reach import *
from scheduler.errors.station import *
from scheduler.errors.uploads import *
from scheduler.errors.villages import *
