"""An exporter of which not everything is known yet: its file, with the faults found so far."""

import re
from dataclasses import dataclass
from pathlib import Path

from impex.config.complaints import Complaints
from impex.config.findings import Findings
from impex.config.yaml_files import check_name, read_file
from impex.config.yaml_source import parse
from orders.config.exporter_assembly import assemble_exporter
from orders.config.exporter_fields import FLAG
from orders.config.exporter_models import ExporterModel
from orders.config.exporter_rules import check_exporter
from orders.domain.exporter import Exporter

KIND = "exporter"


@dataclass(frozen=True, slots=True)
class Draft:
    """An exporter's file; what it says of flags is known even where other options have faults.

    Attributes:
        name: Of the exporter.
        complaints: About the file.
        model: Its options; None if they cannot be understood.
    """

    name: str
    complaints: Complaints
    model: ExporterModel | None

    @property
    def flag(self) -> str:
        """What it takes; empty if the file does not name a flag."""
        return self._named("flag")

    @property
    def next_flag(self) -> str:
        """What it raises; empty if the file does not name a flag."""
        return self._named("next_flag")

    def exporter(self) -> Exporter:
        """Return the exporter.

        Raises:
            ConfigError: The file has faults; all that could be found, in the order of the file.
        """
        if self.model is None or self.complaints.findings:
            raise self.complaints.findings.error()
        return assemble_exporter(self.name, self.model)

    def _named(self, option: str) -> str:
        value = self.complaints.root.get(option)
        return value if isinstance(value, str) and re.fullmatch(FLAG, value) else ""


def draft_exporter(path: Path) -> Draft:
    """Read the file of an exporter; faults of options are noted in the draft.

    Raises:
        ConfigError: The file cannot be read, or does not consist of options.
    """
    findings = Findings(str(path))
    check_name(path, KIND, findings)
    root = parse(read_file(path), findings)
    if root is None:
        raise findings.error()
    complaints = Complaints(root, findings)
    model = complaints.validate(ExporterModel, root)
    if model is not None:
        check_exporter(model, complaints)
    return Draft(path.stem, complaints, model)
