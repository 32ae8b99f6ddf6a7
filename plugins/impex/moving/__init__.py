"""Groups from the descriptors of another platform, which are XML."""

from impex.moving.conversion import Conversion, convert
from impex.moving.notes import Kind, Note
from impex.moving.tables import load_tables

__all__ = ["Conversion", "Kind", "Note", "convert", "load_tables"]
