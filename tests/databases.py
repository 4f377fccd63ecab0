"""One PostgreSQL database for each process that runs tests: they empty it."""

import os

from sqlalchemy import create_engine, make_url, text


def database_of_this_worker(url: str | None) -> str | None:
    """The address of the database of this process, made when it is not there; `url` itself where one process runs all."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if url is None or worker is None:
        return url
    shared = make_url(url)
    name = f"{shared.database}_{worker}"
    engine = create_engine(shared, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if not connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}):
            connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return shared.set(database=name).render_as_string(hide_password=False)
