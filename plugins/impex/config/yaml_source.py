"""Reads YAML the way people mean it, and remembers the line of everything.

Every scalar stays the text that was typed: ``NO``, ``12:30`` and ``0123`` are not turned into a
boolean, a number of seconds or an octal number. What makes YAML surprising or dangerous (keys
written twice, anchors, tags, deep nesting, huge files, secrets) is a problem with a line.
"""

import re
from collections.abc import Iterator
from typing import Final

import yaml

from impex.config.findings import Findings, shown

SIZE_LIMIT: Final = 1_000_000
DEPTH_LIMIT: Final = 20

_SECRET = re.compile(r"passw|pwd|token|secret|credential|api_?key|private_?key", re.IGNORECASE)

_SYNTAX_HINTS: Final = (
    (
        "mapping values are not allowed",
        "Quote a value that contains `: `; write `:` after each option.",
    ),
    ("tab character", "Indent with blanks, not with tabs."),
    ("cannot start any token", "Put a value that starts with @, ` or % into quotes; use no tabs."),
    ("unexpected end of stream", "The quote that starts here is never closed."),
    ("expected ',' or", "A `{` or `[` is not closed, or a comma is missing."),
    ("expected key", "Indent the options of one level alike; a ' inside '…' is written ''."),
    ("'-' indicator", "Indent the entries of a list alike, and start each with `- `."),
    ("sequence entries", "Start a list on a line of its own."),
    ("expected ':'", "Write `option: value`, with a blank after the colon."),
    ("line break", "Start the text that belongs to `|` or `>` on the next line."),
    ("unknown escape", "Write a backslash inside \"…\" twice, or use '…' instead."),
    ("expected alphabetic", "Put a value that starts with *, & or ! into quotes."),
    ("node content", "Put a value that starts with a special character into quotes."),
    ("nesting depth", "Too many `[` or `{` stand inside each other."),
)
# In these contexts the mistake is where the context starts; else it is where YAML gave up.
_STARTED: Final = ("while scanning a simple key", "while scanning a quoted scalar")


class Block(dict[str, "Value"]):
    """A YAML mapping with the line of each key and value.

    Attributes:
        line: Where the mapping starts.
        key_lines: Line of each key, also of those left out because their value is unusable.
        value_lines: Line on which each value starts.
    """

    __slots__ = ("key_lines", "line", "value_lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.key_lines: dict[str, int] = {}
        self.value_lines: dict[str, int] = {}


class Items(list["Value"]):
    """A YAML sequence with the line of each entry."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] = []


Value = str | Block | Items
Location = tuple[str | int, ...]


def parse(data: bytes, findings: Findings) -> Block | None:
    """Turn the bytes of a file into its top-level mapping.

    Returns:
        None where the bytes hold no mapping at all; ``findings`` then says why.
    """
    if len(data) > SIZE_LIMIT:
        findings.add(0, "The file is larger than 1 MB.", "Split it into several files.")
        return None
    try:
        text = data.decode("utf-8-sig")
        return _Composer(yaml.parse(text, Loader=yaml.CSafeLoader), findings).document()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        findings.add(line, "The file is not text in UTF-8.", "Save it with the encoding UTF-8.")
    except yaml.reader.ReaderError as error:
        line = data.count(b"\n", 0, error.position) + 1
        findings.add(line, f"The character U+{error.character:04X} is not allowed.", "Remove it.")
    except yaml.MarkedYAMLError as error:
        mark = error.context_mark if error.context in _STARTED else error.problem_mark
        line = mark.line + 1 if mark else 0
        findings.add(line, "This is not valid YAML.", _syntax_hint(error.problem or ""))
    except _TooDeepError as error:
        findings.add(error.line, f"More than {DEPTH_LIMIT} levels stand inside each other.")
    return None


def line_of(root: Block, location: Location, *, key: bool = False) -> int:
    """Return the line of the value at ``location``, or of the nearest thing around it.

    Args:
        root: The top-level mapping.
        location: Keys and indexes from the root to the value.
        key: Whether the key is meant instead of its value.
    """
    node: Value = root
    line = root.line
    for depth, step in enumerate(location, start=1):
        if isinstance(node, Block) and step in node.key_lines:
            at_key = key and depth == len(location)
            lines = node.key_lines if at_key or step not in node else node.value_lines
            line = lines[str(step)]
            node = node.get(str(step), "")
        elif isinstance(node, Items) and isinstance(step, int) and step < len(node):
            line = node.lines[step]
            node = node[step]
        else:
            break
    return line


def has_key(root: Block, location: Location) -> bool:
    """Tell whether the file names the key, even if its value is unusable."""
    node: Value | None = root
    for step in location[:-1]:
        if isinstance(node, Block):
            node = node.get(str(step))
        elif isinstance(node, Items) and isinstance(step, int):
            node = node[step]
    return isinstance(node, Block) and location[-1] in node.key_lines


def _syntax_hint(problem: str) -> str:
    for part, hint in _SYNTAX_HINTS:
        if part in problem:
            return hint
    return "Compare the line with the examples in docs/."


class _TooDeepError(Exception):
    def __init__(self, line: int) -> None:
        self.line = line
        super().__init__()


class _Composer:
    """Builds blocks and items from the parser's events, so that anchors and tags are seen."""

    def __init__(self, events: Iterator[yaml.Event], findings: Findings) -> None:
        self._events = events
        self._findings = findings

    def document(self) -> Block | None:
        """Return the mapping of the only document."""
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            self._findings.add(0, "The file is empty.", "Start it with `title:`.")
            return None
        first = next(self._events)
        root = self._value(first, depth=1, name="The file")
        next(self._events)
        following = next(self._events)
        if isinstance(following, yaml.DocumentStartEvent):
            hint = "Put it into a file of its own."
            self._findings.add(_line(following), "A second YAML document starts here.", hint)
        if isinstance(root, Block):
            return root
        hint = "Write options such as `title: Brands`, one a line."
        self._findings.add(_line(first), "The file does not consist of options.", hint)
        return None

    def _value(self, event: yaml.Event, depth: int, name: str) -> Value | None:
        """Return the value that starts with this event; None, with a finding, if unusable."""
        self._check_node(event, depth)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, name)
        if isinstance(event, yaml.MappingStartEvent):
            return self._block(event, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._items(event, depth)
        return None

    def _check_node(self, event: yaml.Event, depth: int) -> None:
        if depth > DEPTH_LIMIT:
            raise _TooDeepError(_line(event))
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
            what = f"{shown(sign + event.anchor)} is a YAML reference; they are not supported."
            hint = "Write the value out, or put it into quotes if it is meant literally."
            self._findings.add(_line(event), what, hint)
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag:
            what = f"{shown(event.tag)} is a YAML tag; they are not supported."
            self._findings.add(_line(event), what, "Remove it, or put the value into quotes.")

    def _scalar(self, event: yaml.ScalarEvent, name: str) -> str | None:
        text = str(event.value)
        plain = event.implicit[0]
        if "\0" in text:
            self._findings.add(_line(event), f"{name} contains a NUL character.", "Remove it.")
        elif not text and plain:
            hint = "Fill it in or remove the line; an empty text is written ''."
            self._findings.add(_line(event), f"{name} has no value.", hint)
        else:
            return text
        return None

    def _items(self, start: yaml.Event, depth: int) -> Items:
        items = Items(_line(start))
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            value = self._value(event, depth + 1, "An entry of the list")
            if value is not None:
                items.append(value)
                items.lines.append(_line(event))
        return items

    def _block(self, start: yaml.Event, depth: int) -> Block:
        block = Block(_line(start))
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, block, depth)
            event = next(self._events)
            value = self._value(event, depth + 1, shown(key) if key else "The option")
            if key is not None and value is not None and not _SECRET.search(key):
                block[key] = value
                block.value_lines[key] = _line(event)
        return block

    def _key(self, event: yaml.Event, block: Block, depth: int) -> str | None:
        """Return the key after noting its line; None, with a finding, if unusable."""
        key = self._value(event, depth + 1, "An option")
        if not isinstance(key, str):
            if key is not None:
                self._findings.add(_line(event), "The name of an option must be a single word.")
            return None
        if key in block.key_lines:
            what = f"{shown(key)} is written twice; the first is in line {block.key_lines[key]}."
            self._findings.add(_line(event), what, "Keep one of them.")
            return None
        if _SECRET.search(key):
            what = f"{shown(key)}: secrets do not belong into YAML."
            self._findings.add(_line(event), what, "Remove it and use an Airflow connection.")
        block.key_lines[key] = _line(event)
        return key


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0
