"""Shows in the site what lies beside docs/ in the repository: README, CONTRIBUTING, linked files.

Pages link to each other by where they lie in the repository, as hosts of code show them. A hook of
mkdocs, see mkdocs.yml.
"""

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
PAGES = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md"}
LINK = re.compile(r"(?<=\]\()(?!\w+:|#)[^)#\s]+")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages, then every other file that a page links to."""
    for source, shown in PAGES.items():
        files.append(File.generated(config, shown, abs_src_path=str(ROOT / source)))
    for page in files.documentation_pages():
        for link in LINK.findall(page.content_string):
            target = _in_repository(page.src_uri, link)
            if _in_site(target) not in files.src_uris and (ROOT / target).is_file():
                files.append(File.generated(config, target, abs_src_path=str(ROOT / target)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Let links lead to where the site has what they mean."""
    shown = page.file.src_uri

    def led(found: re.Match[str]) -> str:
        target = _in_site(_in_repository(shown, found[0]))
        return posixpath.relpath(target, posixpath.dirname(shown) or ".")

    return LINK.sub(led, markdown)


def _in_repository(shown: str, link: str) -> str:
    """Return the path in the repository that a page of the site links to."""
    sources = {name: source for source, name in PAGES.items()}
    source = sources.get(shown, f"docs/{shown}")
    return posixpath.normpath(posixpath.join(posixpath.dirname(source), link))


def _in_site(path: str) -> str:
    """Return where the site has a file of the repository."""
    return PAGES.get(path, path.removeprefix("docs/"))
