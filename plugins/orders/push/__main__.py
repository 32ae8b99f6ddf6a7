"""Entry point of ``python -m orders.push``."""

import gc
import logging
import os
import sys

import structlog
import uvicorn

from impex.domain.errors import ConfigError
from impex.storage.connection import Database
from orders.config import feeds_directory, load_feeds
from orders.push.app import create_app

HOST, PORT = "127.0.0.1", 8975
MISUSED = 2

_MOST_AT_ONCE = 200  # each may hold a message in memory before it is known who sent it


def main() -> int:
    """Serve until a signal ends it.

    ``IMPEX_DSN`` is the database, ``ORDERS_PUSH_HOST`` and ``ORDERS_PUSH_PORT`` where to listen,
    ``ORDERS_FEEDS`` the directory of the feeds.
    """
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    dsn = os.environ.get("IMPEX_DSN")
    if not dsn:
        print("Set IMPEX_DSN to the database, or start everything: make up", file=sys.stderr)
        return MISUSED
    try:
        feeds = load_feeds(feeds_directory())
    except ConfigError as fault:
        print(fault, file=sys.stderr)
        return MISUSED
    app = create_app(feeds, os.environ, Database(dsn))
    # What is made by now stays: to look through all of it again and again would let senders wait.
    gc.collect()
    gc.freeze()
    uvicorn.run(
        app,
        host=os.environ.get("ORDERS_PUSH_HOST", HOST),
        port=int(os.environ.get("ORDERS_PUSH_PORT", PORT)),
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_MOST_AT_ONCE,
        timeout_graceful_shutdown=10,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
