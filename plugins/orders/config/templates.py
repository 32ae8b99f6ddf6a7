"""The words that are sent to others: text files in ``config/templates``, with places for values.

A template is written by who runs the installation. What customers or feeds have typed is a value
that is put into it, and is never read as a template.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2 import Template as Compiled
from jinja2.sandbox import ImmutableSandboxedEnvironment

from impex.config.findings import shown
from impex.config.user_files import file_fault
from impex.domain.errors import ConfigError, DataError, Problem

_SUBJECT: Final = "Subject:"
_LARGEST: Final = 100_000


def _money(value: Decimal | float | str) -> str:
    """Write an amount with two decimals at least."""
    amount = Decimal(str(value)).normalize()
    return f"{amount:.{max(2, -int(amount.as_tuple().exponent))}f}"


def _number(value: Decimal | float | str) -> str:
    """Write a number without zeros that say nothing."""
    return f"{Decimal(str(value)).normalize():f}"


def _environment(*, marked_up: bool) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=marked_up,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"money": _money, "number": _number}
    # Decimal numbers as text: receivers must not round them.
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "default": str}
    return environment


_PLAIN: Final = _environment(marked_up=False)
_MARKED_UP: Final = _environment(marked_up=True)
_MARKUP: Final = (".html", ".xml")


@dataclass(frozen=True, slots=True)
class Template:
    """A text with places for values.

    Attributes:
        name: Of its file.
        compiled: What renders it.
    """

    name: str
    compiled: Compiled

    def render(self, values: Mapping[str, Any]) -> str:
        """Return the text with these values.

        Raises:
            DataError: A value that it names is not there, or cannot be written so.
        """
        try:
            return self.compiled.render(values)
        except (TemplateError, ArithmeticError, TypeError, ValueError) as fault:
            raise DataError(f"{self.name} cannot be filled in: {fault}") from fault

    def render_letter(self, values: Mapping[str, Any]) -> tuple[str, str]:
        """Return the subject, which the first line has after ``Subject:``, and the text below.

        Raises:
            DataError: As for ``render``, or there is no subject.
        """
        first, _, text = self.render(values).partition("\n")
        if not first.startswith(_SUBJECT) or not first.removeprefix(_SUBJECT).strip():
            raise DataError(f"{self.name} has no `{_SUBJECT}` with words in its first line")
        return " ".join(first.removeprefix(_SUBJECT).split()), text.lstrip("\n")


def load_template(directory: Path, name: str) -> Template:
    """Load a template.

    Args:
        directory: ``config/templates`` of the installation.
        name: Of a file in it.

    Raises:
        ConfigError: There is none, or it is not written as templates are.
    """
    path = directory / name
    missing = file_fault(name, directory, "")
    if missing is not None:
        raise ConfigError([Problem(str(path), *missing)])
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        what = f"{shown(name)} cannot be read as UTF-8: {error}."
        raise ConfigError([Problem(str(path), what)]) from error
    if len(text) > _LARGEST:
        what = f"{shown(name)} has more than {_LARGEST} characters."
        raise ConfigError([Problem(str(path), what)])
    try:
        # What people have typed is no markup.
        environment = _MARKED_UP if path.suffix in _MARKUP else _PLAIN
        return Template(name, environment.from_string(text))
    except TemplateSyntaxError as fault:
        what = f"{shown(name)} has a fault in line {fault.lineno}: {fault.message}."
        hint = "See docs/templates.md."
        raise ConfigError([Problem(str(path), what, hint)]) from fault
