"""What stands in front of an XML document's root: its encoding, and what is refused there.

The parser gets UTF-8 and is told so. What a document declares decides only how its bytes are
decoded, by a codec of the list below: libxml2 would also honour UTF-7, which hides characters from
whoever looks for them.
"""

import re
from itertools import chain
from typing import BinaryIO

from impex.domain.errors import FileFaultError
from impex.domain.issue_codes import Code
from impex.domain.issues import Issue
from impex.formats.encoding import Text, open_text

# By name in lower case, as the prolog may tell it, see the IANA registry of character sets.
ENCODINGS = {
    "utf-8": "utf-8",
    "us-ascii": "ascii",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    **{f"iso-8859-{number}": f"iso8859-{number}" for number in (1, 2, 5, 7, 9, 15)},
    **{f"windows-{number}": f"cp{number}" for number in range(1250, 1259)},
    "koi8-r": "koi8-r",
    "koi8-u": "koi8-u",
}

# What the parser may do with the UTF-8 that it gets.
SAFE_PARSING = {
    # Anything else cuts text silently at an entity, see lxml's documentation of the parser.
    "resolve_entities": "internal",
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
    "encoding": "utf-8",
}

# A declaration is ASCII in most encodings; in UTF-16 every second byte of it is.
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"<\x00?\x00", "utf-16-le"),
    (b"\x00<\x00?", "utf-16-be"),
)
_DECLARATION = re.compile(
    rb"<\?xml\s+version\s*=\s*[\"'](?P<version>[^\"']*)[\"']"
    rb"(?:\s+encoding\s*=\s*[\"'](?P<encoding>[A-Za-z][A-Za-z0-9._\-]*)[\"'])?"
    rb"(?:\s+standalone\s*=\s*[\"'](?:yes|no)[\"'])?\s*\?>"
)
_LONGEST_DECLARATION = 256
_LONGEST_PROLOG = 1 << 16
# What may stand before the root: blanks, comments, processing instructions.
_MISC = re.compile(rb"(?:\s+|<!--.*?-->|<\?.*?\?>)*", re.DOTALL)


def open_document(stream: BinaryIO, size: int) -> Text:
    """Begin to read an XML document, as UTF-8 in blocks of about ``size`` bytes.

    Raises:
        FileFaultError: It is empty or no XML, is written in an encoding or in a version of XML that
            is not accepted, or has a document type declaration.
    """
    start = stream.read(max(size, _LONGEST_PROLOG))
    if not start.strip():
        raise FileFaultError(Issue(Code.EMPTY_FILE, message="the file is empty"))
    text = open_text(stream, _encoding(start), size, start)
    prolog = b""
    for block in text.blocks:
        prolog += block
        if len(prolog) >= _LONGEST_PROLOG:
            break
    _check_prolog(prolog)
    return Text(text.encoding, chain([prolog], text.blocks), text.offset)


def _encoding(start: bytes) -> str:
    """Return the codec of a document."""
    marked = next((codec for mark, codec in _MARKS if start.startswith(mark)), None)
    # Of UTF-16, every second byte of the declaration is zero; a mark may stand in front.
    plain = start[:_LONGEST_DECLARATION].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")
    declared = _DECLARATION.match(plain)
    if declared and declared["version"] != b"1.0":
        version = declared["version"].decode("ascii", "replace")
        raise FileFaultError(_refusal(f"the file is written in XML {version}; only 1.0 is read"))
    if declared is None or declared["encoding"] is None:
        return marked or "utf-8"
    name = declared["encoding"].decode("ascii").lower()
    codec = ENCODINGS.get(name)
    if codec is None:
        what = f"the file declares the encoding {name}; accepted are {', '.join(ENCODINGS)}"
        raise FileFaultError(Issue(Code.BAD_ENCODING, line=1, value=name, message=what))
    # One of the forms of UTF-16 is as good as another: the first bytes tell which it is.
    if marked and marked[: len("utf-1")] != codec[: len("utf-1")]:
        what = f"the file declares the encoding {name}, but its first bytes are {marked}"
        raise FileFaultError(Issue(Code.BAD_ENCODING, line=1, value=name, message=what))
    return marked or codec


def _check_prolog(prolog: bytes) -> None:
    """Raise unless a root follows what may stand before it."""
    match = _MISC.match(prolog)
    end = match.end() if match else 0
    rest = prolog[end : end + len(b"<!DOCTYPE")]
    if rest.upper() == b"<!DOCTYPE":
        line = prolog.count(b"\n", 0, end) + 1
        what = "the file has a document type declaration (<!DOCTYPE …>)"
        raise FileFaultError(Issue(Code.XML_DOCTYPE, line=line, message=what))
    if end >= _LONGEST_PROLOG - len(rest) or (
        rest.startswith((b"<!--", b"<?")) and len(prolog) >= _LONGEST_PROLOG
    ):
        what = f"no element begins within the first {_LONGEST_PROLOG >> 10} KiB of the file"
        raise FileFaultError(_refusal(what))


def _refusal(what: str) -> Issue:
    return Issue(Code.MALFORMED_XML, line=1, message=what)
