"""Creates ``.venv`` from ``requirements.lock``; does nothing while that file stays the same.

Run by the system's own Python, whatever its age: standard library only, no new syntax.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
REPOSITORY = Path(__file__).resolve().parents[1]
LOCK = REPOSITORY / "requirements.lock"
ENVIRONMENT = REPOSITORY / ".venv"
INSTALLED = ENVIRONMENT / "requirements.lock"
PYTHON = ENVIRONMENT / "bin" / "python"


def main() -> int:
    """Install what is missing; the exit code is 2 where a person must install something first."""
    if sys.version_info < OLDEST:
        found = ".".join(str(part) for part in sys.version_info[:3])
        return fail(f"Python {found} is too old; 3.11 or newer is needed. " + CHOOSE)
    if is_current():
        return 0
    print("Creating .venv (once for each requirements.lock)", flush=True)
    shutil.rmtree(str(ENVIRONMENT), ignore_errors=True)
    if subprocess.call([sys.executable, "-m", "venv", str(ENVIRONMENT)]) != 0:
        return fail("Python's venv module does not work. On Debian: apt-get install python3-venv")
    if install() != 0:
        return fail("The packages could not be installed; the reason stands above.")
    for packages in ENVIRONMENT.glob("lib/python3*/site-packages"):
        # So that `.venv/bin/python -m impex` works from anywhere.
        (packages / "project.pth").write_text(f"{REPOSITORY / 'plugins'}\n{REPOSITORY}\n")
    shutil.copyfile(str(LOCK), str(INSTALLED))
    return 0


CHOOSE = "Choose another one: make PYTHON=/path/to/python3.11"


def is_current() -> bool:
    """Tell whether the environment works and was made from this lock file."""
    if not INSTALLED.exists() or INSTALLED.read_bytes() != LOCK.read_bytes():
        return False
    return subprocess.call([str(PYTHON), "-c", ""], stderr=subprocess.DEVNULL) == 0


def install() -> int:
    """Run pip with a progress line in place of its own output; return its exit code."""
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
    command += ["--progress-bar=off", "--no-compile", "--require-hashes", "-r", str(LOCK)]
    # The pip of Python 3.11 takes the newest of what another package asks for with an extra, whatever
    # is pinned without one; but constraints hold for it, too.
    command += ["-c", str(LOCK)]
    total = len(re.findall(r"^\S+==", LOCK.read_text(), re.MULTILINE))
    pip = subprocess.Popen(command, stdout=subprocess.PIPE, universal_newlines=True)
    seen = 0
    for line in pip.stdout or ():
        if line.startswith(("Collecting ", "Processing ")):
            seen += 1
            say(f"Fetching package {seen} of {total}: {Path(line.split()[1]).name}")
        elif line.startswith("Installing "):
            say(f"Installing {seen} packages")
    if sys.stdout.isatty():
        print()
    return pip.wait()


def say(text: str) -> None:
    """Replace the line on a terminal; elsewhere print only every fiftieth one."""
    if sys.stdout.isatty():
        print("\r\033[K" + text, end="", flush=True)
    elif not text.startswith("Fetching") or int(text.split()[2]) % 50 == 1:
        print(text, flush=True)


def fail(text: str) -> int:
    """Print the one line that says what to do."""
    print(text, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
