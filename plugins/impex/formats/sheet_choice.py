"""Which sheet of a spreadsheet a layout means."""

from collections.abc import Sequence

from impex.domain.errors import FileFaultError
from impex.domain.issue_codes import Code
from impex.domain.issues import Issue


def place_of_sheet(names: Sequence[str], wanted: str | None) -> int:
    """Return the index of the sheet that is meant.

    Args:
        names: All sheets, in order.
        wanted: A name, or else a number counted from 1; None for the first sheet.

    Raises:
        FileFaultError: There is none; the message names those there are.
    """
    if wanted in names:
        return names.index(wanted)
    number = int(wanted) if wanted and wanted.isdecimal() else 1
    if (wanted is None or wanted.isdecimal()) and 1 <= number <= len(names):
        return number - 1
    found = ", ".join(repr(name) for name in names) or "none"
    what = f"there is no sheet {wanted!r}" if wanted else "there is no sheet"
    raise FileFaultError(Issue(Code.NO_SUCH_SHEET, message=f"{what}; there are: {found}"))
