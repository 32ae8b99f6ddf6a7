"""Runs the commands of a command line: exit codes, log lines, and what becomes of faults.

0 done, 1 rejected or refused data, 2 wrong use or configuration, 3 the system failed, 130 Ctrl-C.
"""

import logging
import os
import sys
from argparse import Namespace
from collections.abc import Callable

import structlog

from impex.domain.errors import ConfigError, DataError, ImpexError

DONE, REJECTED, MISUSED, FAILED = range(4)
INTERRUPTED = 130  # 128 + SIGINT, as shells have it


def run(command: Callable[[Namespace], int], options: Namespace) -> int:
    """Run one command and return its exit code; faults are told in their words, without a trace."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        # Asked anew for every line: who calls from Python may have closed the stream meanwhile.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
    try:
        return command(options)
    except BrokenPipeError:
        # The reader, `head` for instance, has seen enough; Python must not complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        fail("Interrupted. The same command takes up a run where it stopped.", INTERRUPTED)
        # At once: Python would wait for a file that is still being read.
        os._exit(INTERRUPTED)
    except ConfigError as fault:
        return fail(str(fault), MISUSED)
    except DataError as fault:
        return fail(str(fault), REJECTED)
    except ImpexError as fault:
        return fail(str(fault), FAILED)


def fail(text: str, code: int) -> int:
    """Tell what is wrong, on the stream for that; return the code."""
    print(text, file=sys.stderr)
    return code
