"""Characters that readers put into cells to say what no text can."""

BETWEEN = "\x1f"
"""Stands between the texts of a field that a record has several times.

XML 1.0 has no such character; a list in JSON with a text that has it is refused.
"""

NIL = "\x00"
"""Stands for a value of which the file says that there is none: ``xsi:nil`` in XML, JSON's ``null``.

PostgreSQL cannot hold this character, so that no reader lets it through as text.
"""
