"""A small XML document as a whole: its tree in memory, under the same rules as documents of records."""

from io import BytesIO
from typing import Final

from lxml import etree

from impex.domain.errors import FileFaultError
from impex.domain.issue_codes import Code
from impex.domain.issues import Issue
from impex.formats.xml_fields import Element
from impex.formats.xml_prolog import SAFE_PARSING, open_document

_BLOCK: Final = 1 << 16
_MOST_WORDS: Final = 200


def read_tree(data: bytes, *, comments: bool = False) -> Element:
    """Return the root of a document.

    Args:
        data: The document.
        comments: Whether the comments within the root stay in the tree.

    Raises:
        FileFaultError: It must not be read, see ``open_document``, is not well-formed, or is deeper
            or larger than libxml2 lets be.
    """
    text = b"".join(open_document(BytesIO(data), _BLOCK).blocks)
    parser = etree.XMLParser(**{**SAFE_PARSING, "remove_comments": not comments})
    try:
        return etree.fromstring(text, parser)
    except etree.XMLSyntaxError as fault:
        what = " ".join((fault.msg or "").split())[:_MOST_WORDS]
        issue = Issue(
            Code.MALFORMED_XML, line=fault.lineno or 0, message=f"the file is not XML: {what}"
        )
        raise FileFaultError(issue) from fault
