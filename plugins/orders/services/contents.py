"""STUB, replaced at the merge."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Content:
    body: bytes
    content_type: str
    ending: str


@dataclass(frozen=True, slots=True)
class Unwritable:
    reason: str
