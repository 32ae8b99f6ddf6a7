"""Validates a block of options, and notes every fault of it by its place in the file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from impex.config.findings import Findings
from impex.config.options import Options
from impex.config.wording import word
from impex.config.yaml_source import Block, Location, Value, has_key, line_of

Model = TypeVar("Model", bound=Options)


@dataclass(frozen=True, slots=True)
class Complaints:
    """Notes problems by their place in the file instead of by their line."""

    root: Block
    findings: Findings

    @property
    def directory(self) -> Path:
        """Where the file stands."""
        return Path(self.findings.path).absolute().parent

    def add(self, location: Location, what: str, hint: str = "", *, key: bool = False) -> None:
        """Note a problem of the value at ``location``, or of the key itself."""
        self.findings.add(line_of(self.root, location, key=key), what, hint)

    def validate(
        self,
        model: type[Model],
        raw: Value,
        location: Location = (),
        context: Mapping[str, Any] | None = None,
    ) -> Model | None:
        """Return a piece of the file as a model; None, with complaints, where it has faults.

        Args:
            model: What the piece should be.
            raw: The piece.
            location: Where it is.
            context: What the validators of the model may look at.
        """
        try:
            return model.model_validate(raw, context=context)
        except ValidationError as error:
            for details in error.errors(include_url=False):
                place = (*location, *details["loc"])
                if details["type"] == "missing" and has_key(self.root, place):
                    continue  # the file does name it, but with a value that was refused before
                wording = word(details, model, place)
                self.add(place, wording.what, wording.hint, key=wording.key)
        return None
