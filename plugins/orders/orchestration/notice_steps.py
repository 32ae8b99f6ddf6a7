"""What the tasks run that tell people of orders by mail.

Heavy imports wait until a task calls.
"""

import time
from contextlib import closing

import structlog

from impex.domain.errors import DataError
from impex.orchestration.run_reference import run_reference

TIME_LIMIT_S = 600

log = structlog.get_logger(__name__)


def write() -> dict[str, int]:
    """Write the mails that are to be sent into the outbox; return counts.

    Raises:
        ConfigError: The file or a template has faults.
        TransientError: The database failed.
    """
    from impex.config import groups_directory
    from impex.config.user_files import UserFiles
    from impex.orchestration.wiring import own_database
    from orders.config.notices import load_notices
    from orders.services.notices import write_notices
    from orders.services.stuck_notices import write_stuck_notices

    files = UserFiles.beside(groups_directory())
    mailing = load_notices(files)
    if mailing is None:
        return {}
    with own_database() as database:
        tally = write_notices(database, mailing, files.templates)
        tally += write_stuck_notices(database, mailing, files.templates)
    log.info("written", **tally)
    return dict(tally)


def send() -> dict[str, int]:
    """Send the mails that are due; return counts by state.

    Raises:
        ConfigError: There is no such connection.
        DataError: Mails were refused, or nobody knows whether they were taken.
        TransientError: The database failed; what was sent stays noted.
    """
    from impex.config import groups_directory
    from impex.config.user_files import UserFiles
    from impex.orchestration.wiring import own_database
    from orders.config.notices import load_notices
    from orders.domain.outbox import MessageState
    from orders.orchestration.mail import mail_server
    from orders.services.notices import TARGET
    from orders.services.send import Route, send_due
    from orders.targets.mail import MailTarget

    mailing = load_notices(UserFiles.beside(groups_directory()))
    if mailing is None:
        return {}
    end = time.monotonic() + TIME_LIMIT_S
    with (
        own_database() as database,
        closing(MailTarget(mail_server(mailing.connection))) as target,
    ):
        route = Route(TARGET, target)
        tally = send_due(database, route, run=run_reference(), stop=lambda: time.monotonic() > end)
    lost = tally[MessageState.FAILED] + tally[MessageState.UNCERTAIN]
    if lost:
        hint = "see python -m orders outbox --state failed --state uncertain"
        raise DataError(f"mails that were refused or may not have arrived: {lost}; {hint}")
    return {state.value: number for state, number in sorted(tally.items())}
