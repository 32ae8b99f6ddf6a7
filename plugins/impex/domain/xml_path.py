"""Paths into XML documents: to the records, and from a record to its fields.

A small part of XPath 1.0, in which every path can be followed while the document streams by. Names
are told in Clark notation, ``{namespace}local``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

# Bound in every document, see "Namespaces in XML 1.0" and "XML Schema Part 1", section 2.6.
WELL_KNOWN = {
    "xml": "http://www.w3.org/XML/1998/namespace",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}

_NAME = r"[^\W\d][\w.\-]*"
_STEP = re.compile(
    rf"(?P<name>(?:{_NAME}:)?{_NAME})"
    rf"(?:\[(?:(?P<place>[1-9][0-9]{{0,5}})|@(?P<attribute>(?:{_NAME}:)?{_NAME})"
    r"\s*=\s*(?:'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\"))\])?"
)
_ATTRIBUTE = re.compile(rf"@(?P<name>(?:{_NAME}:)?{_NAME})")


@dataclass(frozen=True, slots=True)
class Step:
    """One element deeper.

    Attributes:
        name: Of the element.
        attribute: Name and value of an attribute that it must have.
        place: Its number among the elements of that name beside it, counted from 1.
    """

    name: str
    attribute: tuple[str, str] | None = None
    place: int | None = None


@dataclass(frozen=True, slots=True)
class FieldPath:
    """From a record to a field.

    Attributes:
        up: How many elements up to begin with.
        steps: Down from there; none means that element itself.
        attribute: Of the element at the end; None means its text.
    """

    up: int = 0
    steps: tuple[Step, ...] = ()
    attribute: str | None = None


def record_path(text: str, namespaces: Mapping[str, str]) -> tuple[str, ...]:
    """Read the path to records, from the document's root on: ``/catalog/product``.

    Args:
        text: The path.
        namespaces: By prefix; the empty prefix is for names without one.

    Returns:
        The names of the elements.

    Raises:
        ValueError: It is no such path; the text says why.
    """
    if not text.startswith("/") or text.startswith("//"):
        raise ValueError("must begin with / and the name of the document's root")
    steps = [_step(part, namespaces) for part in text[1:].split("/")]
    if any(step.attribute or step.place for step in steps):
        raise ValueError("must have names only")
    return tuple(step.name for step in steps)


def field_path(text: str, namespaces: Mapping[str, str]) -> FieldPath:
    """Read the path from a record to a field.

    ``name``, ``price/@currency``, ``name[@xml:lang='de']``, ``image[1]``, ``../@id`` and, for the
    record's own text, ``.``.

    Args:
        text: The path.
        namespaces: By prefix; the empty prefix is for names of elements without one.

    Raises:
        ValueError: It is no such path; the text says why.
    """
    if text == ".":
        return FieldPath()
    parts = _parts(text)
    up = 0
    while up < len(parts) and parts[up] == "..":
        up += 1
    attribute = None
    if parts[-1].startswith("@"):
        attribute = _attribute(parts.pop(), namespaces)
    steps = tuple(_step(part, namespaces) for part in parts[up:])
    if up and not steps and attribute is None:
        raise ValueError("must go on to an attribute or an element, as in ../@id")
    return FieldPath(up, steps, attribute)


def _parts(text: str) -> list[str]:
    """Split at slashes that stand outside of quotes."""
    return re.findall(r"(?:'[^']*'|\"[^\"]*\"|[^/'\"])+|(?<=/)(?=/|$)|^(?=/|$)", text)


def _step(text: str, namespaces: Mapping[str, str]) -> Step:
    found = _STEP.fullmatch(text)
    if found is None:
        raise ValueError(
            f"has a step that cannot be followed: {text!r}" if text else "has an empty step"
        )
    condition = None
    if found["attribute"]:
        value = found["single"] if found["single"] is not None else found["double"]
        condition = (_clark(found["attribute"], namespaces, ""), value)
    place = int(found["place"]) if found["place"] else None
    return Step(_clark(found["name"], namespaces, namespaces.get("", "")), condition, place)


def _attribute(text: str, namespaces: Mapping[str, str]) -> str:
    found = _ATTRIBUTE.fullmatch(text)
    if found is None:
        raise ValueError(f"has a step that cannot be followed: {text!r}")
    return _clark(found["name"], namespaces, "")


def _clark(name: str, namespaces: Mapping[str, str], default: str) -> str:
    """Return a name with its namespace; one without a prefix is in the default one."""
    prefix, _, local = name.rpartition(":")
    namespace = {**WELL_KNOWN, **namespaces}.get(prefix) if prefix else default
    if namespace is None:
        raise ValueError(f"has the prefix {prefix!r}, which `namespaces` does not name")
    return f"{{{namespace}}}{local}" if namespace else local
