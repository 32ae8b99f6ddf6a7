"""What all apps of pages have in common: login, errors in words, templates, and what they look like."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from airflow.api_fastapi.core_api.security import requires_authenticated
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, status
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.exceptions import HTTPException as AnyHttpError

from impex.domain.errors import ConfigError, DataError, ImpexError, TransientError
from impex.web.guards import SafeHeaders, same_origin

_HERE: Final = Path(__file__).parent
_STATIC: Final = {
    "pages.css": "text/css",
    "pages.js": "text/javascript",
    "act.js": "text/javascript",
    "export.js": "text/javascript",
    "upload.js": "text/javascript",
}
_UNITS: Final = ((86400, "days"), (3600, "hours"), (60, "minutes"), (1, "seconds"))
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}).enable("table")
_CODES: Final = (
    (DataError, status.HTTP_422_UNPROCESSABLE_CONTENT),
    (TransientError, status.HTTP_503_SERVICE_UNAVAILABLE),
    (ConfigError, status.HTTP_500_INTERNAL_SERVER_ERROR),
    (ImpexError, status.HTTP_500_INTERNAL_SERVER_ERROR),
)


class Pages:
    """Makes pages of templates; all that is put into one is text, never markup."""

    def __init__(self, *directories: Path) -> None:
        """Use the templates of some directories, and those that all pages share."""
        self._environment = Environment(
            loader=FileSystemLoader([*directories, _HERE / "templates"]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["moment"] = _moment
        self._environment.filters["number"] = _number
        self._environment.filters["words"] = _words
        self._environment.filters["ago"] = _ago
        self._environment.filters["markdown"] = _markdown
        self._environment.filters["json"] = _json

    def show(
        self, request: Request, template: str, code: int = status.HTTP_200_OK, **values: Any
    ) -> HTMLResponse:
        """Answer with a page.

        Args:
            request: Tells below which path the app is mounted.
            template: Its name.
            code: Status of the answer.
            **values: What the template sees.
        """
        root = request.scope.get("root_path", "")
        text = self._environment.get_template(template).render(root=root, **values)
        return HTMLResponse(text, code)


def pages_app(title: str, pages: Pages, routers: Sequence[APIRouter]) -> FastAPI:
    """Build an app: nothing of it answers without Airflow's login, or to pages of other sites.

    Args:
        title: Of the app.
        pages: For errors.
        routers: What it answers.
    """
    app = FastAPI(
        title=title,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(same_origin), Depends(requires_authenticated())],
    )
    for router in routers:
        app.include_router(router)
    app.add_api_route("/static/{name}", _static, methods=["GET"])
    app.add_middleware(SafeHeaders)
    _tell_errors(app, pages)
    return app


def attachment(name: str, size: int | None = None) -> dict[str, str]:
    """Return the headers with which a browser saves a file, and never shows it (RFC 6266).

    Args:
        name: Of the file, maybe with folders, which are left out.
        size: In bytes; None where nobody knows it before the end.
    """
    plain = quote(name.rpartition("/")[2], safe="")
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{plain}"}
    return headers if size is None else headers | {"content-length": str(size)}


def _static(name: str) -> FileResponse:
    """Return a style sheet or a script."""
    if name not in _STATIC:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "There is no such file.")
    return FileResponse(_HERE / "static" / name, media_type=_STATIC[name])


def _tell_errors(app: FastAPI, pages: Pages) -> None:
    """Let errors be told as pages to people, and as JSON to programs."""

    def answer(request: Request, code: int, told: Sequence[str]) -> Response:
        if "text/html" in request.headers.get("accept", ""):
            return pages.show(request, "error.html", code, told=told)
        return JSONResponse({"detail": "\n".join(told)}, code)

    def of_ours(request: Request, fault: Exception) -> Response:
        code = next(code for kind, code in _CODES if isinstance(fault, kind))
        return answer(request, code, str(fault).splitlines())

    def of_http(request: Request, fault: Exception) -> Response:
        assert isinstance(fault, AnyHttpError)  # noqa: S101 - it is registered for these
        return answer(request, fault.status_code, [str(fault.detail)])

    def of_request(request: Request, fault: Exception) -> Response:
        assert isinstance(fault, RequestValidationError)  # noqa: S101 - the same
        told = [f"{'.'.join(map(str, each['loc'][1:]))}: {each['msg']}" for each in fault.errors()]
        return answer(request, status.HTTP_400_BAD_REQUEST, told)

    app.add_exception_handler(ImpexError, of_ours)
    app.add_exception_handler(AnyHttpError, of_http)
    app.add_exception_handler(RequestValidationError, of_request)


def _moment(moment: datetime | None) -> dict[str, str] | None:
    """Return a moment as machines and as people read it; the browser puts it into their zone."""
    if moment is None:
        return None
    return {"iso": moment.isoformat(), "text": f"{moment:%Y-%m-%d %H:%M:%S} UTC"}


def _markdown(text: str) -> Markup:
    """Return a text of ours in Markdown as HTML; HTML in it is text (CommonMark)."""
    return Markup(_MARKDOWN.render(text))  # noqa: S704 - the renderer escapes


def _json(value: Any) -> str:
    """Return what is in a column of JSON as people read it; the template escapes it."""
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)


def _words(name: str) -> str:
    """Return a name of ours as people write it."""
    return name.replace("_", " ")


def _ago(moment: datetime) -> str:
    """Return how long ago a moment was, as people say it: ``3 hours``."""
    seconds = max(0, int((datetime.now(UTC) - moment).total_seconds()))
    for size, unit in _UNITS:
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return "a second"


def _number(number: int) -> str:
    """Return a number with marks between the thousands."""
    return f"{number:,}"
