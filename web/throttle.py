"""How often one browser or address may try: counted in this process, forgotten when it ends."""

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, strategy="moving-window", storage_uri="memory://", headers_enabled=False)
