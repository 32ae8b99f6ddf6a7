"""An upload: files that a person has sent for a group to import."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Upload:
    """A row of ``impex.upload``.

    Attributes:
        id: Names it to everybody; cannot be guessed.
        group_name: Whose it is.
        uploaded_by: Name of the person.
        uploaded_at: When it began.
        package_name: What a run takes: the only file, or a zip of all. None until all are there.
        size_bytes: Of the package.
        sha256: Of the package, in hexadecimal.
    """

    id: UUID
    group_name: str
    uploaded_by: str
    uploaded_at: datetime
    package_name: str | None = None
    size_bytes: int | None = None
    sha256: str | None = None

    @property
    def folder(self) -> str:
        """Where its files lie in the file store."""
        return f"uploads/{self.id}"

    @property
    def key(self) -> str:
        """Where the package lies, until a run takes it.

        Raises:
            ValueError: It is not whole.
        """
        if self.package_name is None:
            raise ValueError(f"the upload {self.id} is not whole")
        return f"{self.folder}/{self.package_name}"
