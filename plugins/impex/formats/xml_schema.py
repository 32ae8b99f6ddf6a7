"""Documents compared with a schema while they are read.

An XSD describes documents, and libxml2 follows it through the stream. A RELAX NG grammar is compared
with trees; here it describes records.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from impex.domain.errors import ConfigError, FileFaultError, Problem
from impex.domain.issue_codes import Code
from impex.domain.issues import VALUE_LIMIT, Issue
from impex.formats.xml_fields import Element

_GRAMMAR = ".rng"
_MOST = 10_000
_SUBJECT = re.compile(r"Element '(?P<tag>[^']+)'(?P<unexpected>: This element is not expected)?")


@dataclass(slots=True)
class Violation:
    """Something that the schema does not allow.

    Attributes:
        known: Whether it is told of a record.
    """

    line: int
    text: str
    known: bool = False


@dataclass(slots=True)
class Schema:
    """A schema, and what one document has violated in it.

    Attributes:
        path: Of its file.
        of_documents: The XSD; None if it is a grammar.
    """

    path: Path
    of_documents: Any = field(init=False, default=None)
    _of_records: Any = field(init=False, default=None)
    _held: list[Violation] = field(init=False, default_factory=list)
    _seen: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        """Read the file.

        Raises:
            ConfigError: It is no schema.
        """
        try:
            tree = etree.parse(str(self.path), etree.XMLParser(no_network=True, load_dtd=False))
            if self.path.suffix == _GRAMMAR:
                self._of_records = etree.RelaxNG(tree)
            else:
                self.of_documents = etree.XMLSchema(tree)
        except (OSError, etree.LxmlError) as fault:
            problem = Problem(str(self.path), f"is no schema that can be used: {fault}")
            raise ConfigError([problem]) from fault

    def note(self, log: Any, line: int) -> None:
        """Note what is new in the log of the parser behind a line.

        Raises:
            FileFaultError: There is more than anybody would read.
        """
        if len(log) == self._seen:
            return
        if len(log) > _MOST:
            what = f"more than {_MOST:,} things do not keep to {self.path.name}"
            raise FileFaultError(Issue(Code.SCHEMA_VIOLATION, message=what))
        new = list(log)[self._seen :]
        self._seen = len(log)
        self._held += (Violation(line, _told(entry)) for entry in new)

    def issues(self, record: Element, line: int, end: int) -> Iterator[Issue]:
        """Yield what is wrong with a record that begins and ends on these lines."""
        if self._of_records is not None and not self._of_records.validate(record):
            for entry in self._of_records.error_log:
                yield self._issue(line, Violation(entry.line, _told(entry)))
        for violation in self._held:
            if line <= violation.line <= end and _is_within(record, violation):
                violation.known = True
                yield self._issue(line, violation)

    def forget(self, before: int) -> None:
        """Forget what is told of records that end in front of a line."""
        self._held = [v for v in self._held if not v.known or v.line >= before]

    def rest(self) -> list[Issue]:
        """Return what is wrong outside of the records."""
        return [self._issue(v.line, v) for v in self._held if not v.known]

    def _issue(self, line: int, violation: Violation) -> Issue:
        message = f"line {violation.line} does not keep to {self.path.name}"
        return Issue(Code.SCHEMA_VIOLATION, line=line, value=violation.text, message=message)


def _is_within(record: Element, violation: Violation) -> bool:
    """Tell whether a violation on one of a record's lines is of that record.

    Something else may stand on the line. An element that is not expected around the records must not
    be taken for one of theirs: behind it, libxml2 compares nothing more.
    """
    named = _SUBJECT.match(violation.text)
    if named is None:
        return True
    inside = record.iterdescendants() if named["unexpected"] else record.iter()
    return any(element.tag == named["tag"] for element in inside)


def _told(entry: Any) -> str:
    return str(entry.message)[:VALUE_LIMIT]
