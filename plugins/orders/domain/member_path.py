"""Paths into JSON messages: ``result.tracking_code``, ``.``, ``../tracking_code``.

As with the paths into XML, ``..`` leads to the object around; a list is no step of its own.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

_NAME: Final = re.compile(r"[^./\[\]*\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class MemberPath:
    """From an object to a member.

    Attributes:
        up: How many objects out to begin with.
        names: Of members, inward from there; none means that object itself.
    """

    up: int = 0
    names: tuple[str, ...] = ()


@cache
def member_path(text: str) -> MemberPath:
    """Read a path.

    Raises:
        ValueError: It is none; the text continues a sentence that begins with the option.
    """
    if text == ".":
        return MemberPath()
    *outward, inward = text.split("/")
    names = tuple(inward.split("."))
    if any(step != ".." for step in outward):
        raise ValueError("has a / that does not follow `..`; names are joined with points")
    for name in names:
        if not name:
            raise ValueError("has an empty step")
        if not _NAME.fullmatch(name):
            raise ValueError(f"has a step that cannot be followed: {name!r}")
    return MemberPath(len(outward), names)
