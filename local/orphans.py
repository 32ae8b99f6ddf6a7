"""Kills what an ended component left behind; run by supervisord as an event listener.

A scheduler that is killed leaves its health server on its port and its workers with their tasks.
Without this, the restarted scheduler meets its predecessor's processes.

Source: supervisord's event listener protocol.
"""

import os
import signal
import sys


def main() -> None:
    """Kill the process group of every component that is reported as ended, until stdin closes."""
    while True:
        sys.stdout.write("READY\n")
        sys.stdout.flush()
        header = sys.stdin.readline()
        if not header:
            return
        event = _fields(sys.stdin.read(int(_fields(header)["len"])))
        _kill_group(int(event["pid"]))
        sys.stdout.write("RESULT 2\nOK")
        sys.stdout.flush()


def _fields(line: str) -> dict[str, str]:
    return dict(pair.split(":", 1) for pair in line.split())


def _kill_group(group: int) -> None:
    if group == 0:  # it was waiting for its next try and had no process
        return
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
    sys.stderr.write(f"killed what was left of process group {group}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
