"""The lines of an XML document's tags, which libxml2 does not know beyond line 65,535.

Outside of comments, CDATA sections and processing instructions, a ``<`` in a well-formed document
begins a tag, see XML 1.0, 2.4: the tags of some names are found without parsing.
"""

import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator

from impex.domain.errors import FileFaultError
from impex.domain.issue_codes import Code
from impex.domain.issues import Issue
from impex.formats.chunks import RECORD_LIMIT

_NAME = r"(?:[^\s<>/:!?]++:)?+(?:{names})(?=[\s/>])"
_MARKUP = rf"""
    <(?: !--.*?-->
      | !\[CDATA\[.*?\]\]>
      | \?.*?\?>
      | (?P<tag> {_NAME} [^<>"']*+ (?: "[^"]*" [^<>"']*+ | '[^']*' [^<>"']*+ )*+ > )
      | (?P<cut> !-- | !\[CDATA\[ | \? )
    )
"""
_CUT_TAG = rf"<(?: [^\s<>]* | {_NAME} [^<]* )"


class TagLines:
    """Follows the blocks of a document on their way to the parser.

    Attributes:
        coming: Of the start tags in what was yielded, in their order, the lines on which they end;
            whoever meets an element takes its line from the left.
    """

    def __init__(self, names: Collection[str]) -> None:
        """Look for the start tags of elements of these names, whatever prefix they have."""
        self._markup = _compiled(_MARKUP, names)
        self._cut_tag = _compiled(_CUT_TAG, names)
        self._line = 1
        self.coming: deque[int] = deque()

    def follow(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the same bytes, cut so that what may be a tag is whole.

        Raises:
            FileFaultError: A comment, a tag or the like is longer than a record may be.
        """
        rest = b""
        for block in blocks:
            text = rest + block
            end = self._look(text)
            rest = text[end:]
            if len(rest) > RECORD_LIMIT:
                what = f"what begins here with < has more than {RECORD_LIMIT >> 20} MiB"
                raise FileFaultError(Issue(Code.RECORD_TOO_LONG, line=self._line, message=what))
            yield text[:end]
        yield rest

    def _look(self, text: bytes) -> int:
        """Note the tags, and return where something begins that is not whole yet."""
        at, end, line = 0, len(text), self._line
        for match in self._markup.finditer(text):
            if match.lastgroup == "cut":
                end = match.start()
                break
            line += text.count(b"\n", at, match.end())
            at = match.end()
            if match.lastgroup == "tag":
                self.coming.append(line)
        last = text.rfind(b"<", at, end)
        if last >= 0 and self._cut_tag.fullmatch(text, last, end):
            end = last
        self._line = line + text.count(b"\n", at, end)
        return end


def _compiled(pattern: str, names: Collection[str]) -> re.Pattern[bytes]:
    any_name = "|".join(map(re.escape, sorted(names)))
    return re.compile(pattern.replace("{names}", any_name).encode(), re.DOTALL | re.VERBOSE)
