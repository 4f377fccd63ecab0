"""The `loaban` command: wires the parts, holds no rule."""

import logging
import os
import sys
from typing import NoReturn

import click
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError

from scheduler.commands.offered import Offered, lacking_part
from scheduler.config import load_settings
from scheduler.database import check_up_to_date, said_by_driver
from scheduler.errors import BadField, BadSettings, BroadcastError, DatabaseOutOfDate, DatabaseUnreachable, Refused
from scheduler.station import open_station
from scheduler.supervisor import end_with_supervisor

USAGE_STATUS = 2
REFUSED_STATUS = 3
UNAVAILABLE_STATUS = 4
PROCESSES = frozenset({"up", "web", "playout", "ingest", "broker", "backbone", "clerk"})
"""Commands that run for long and tell what they do; the others only answer."""


@click.group(cls=Offered, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="loaban")
@click.option("--supervised", is_flag=True, hidden=True, help="Stop when the process that started this one is gone.")
@click.pass_context
def cli(context: click.Context, supervised: bool) -> None:  # noqa: FBT001 -- click hands it in by name
    """Loa Bản: what airs, when, where, and what did air."""
    if supervised:
        end_with_supervisor()
    settings = load_settings(os.environ)
    level = settings.log_level if context.invoked_subcommand in PROCESSES else logging.WARNING
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells of its workings at every start
    context.obj = open_station(settings)


def main() -> None:
    """Run the command; errors raised on purpose become one sentence and an exit status, never a traceback."""
    try:
        # click hands a status asked for by `context.exit` back to us; what commands return is no status
        status = cli.main(standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except click.ClickException as error:
        _show(error)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BroadcastError as error:
        _refuse(error)
    except ModuleNotFoundError as error:
        _refuse(lacking_part(error))
    except (UnicodeEncodeError, OverflowError) as error:
        _refuse(_what_no_row_holds(error))
    except (IntegrityError, DataError):  # the database answered: this is a defect of ours
        raise
    except SQLAlchemyError as error:
        _refuse(_why_no_rows(error))


def _show(error: click.ClickException) -> None:
    """Usage in the reader's language; what a group offers (`no_args_is_help`) is no mistake and shown as it is."""
    from scheduler.commands.usage import tell_usage

    offered = isinstance(error, click.exceptions.NoArgsIsHelpError)
    if isinstance(error, click.UsageError) and not offered and _language() == "vi":
        click.echo(tell_usage(error), err=True)
    else:
        error.show()


def _why_no_rows(error: SQLAlchemyError) -> BroadcastError:
    """What keeps the rows away: a database that answers may only lack its tables, as a new station's does."""
    if isinstance(error, DBAPIError) and error.statement is not None:
        try:
            check_up_to_date(open_station(load_settings(os.environ)).engine)
        except DatabaseOutOfDate as behind:
            return behind
        except SQLAlchemyError as again:
            error = again
    return DatabaseUnreachable(reason=said_by_driver(error))


def _what_no_row_holds(error: UnicodeEncodeError | OverflowError) -> BadField:
    """An argument that is no text, a number beyond all bounds, or a day at the end of the calendar."""
    if isinstance(error, UnicodeEncodeError):
        return BadField(field="utf-8", value=ascii(error.object))
    return BadField(field="number, day", value=str(error))


def _refuse(error: BroadcastError) -> NoReturn:
    from scheduler.wording import word_error  # all sentences: a player that runs for months has none to say

    click.echo(f"{error.code}: {word_error(error, language=_language())}", err=True)
    sys.exit(REFUSED_STATUS if isinstance(error, Refused) else UNAVAILABLE_STATUS)


def _language() -> str:
    try:
        return load_settings(os.environ).language
    except BadSettings:
        return "vi"


if __name__ == "__main__":
    main()
