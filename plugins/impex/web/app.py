"""The app of the data groups' pages; Airflow mounts it at ``/impex``."""

from impex.web import exports, finding, groups, reports, uploads
from impex.web.pages import PAGES
from impex.web.shell import pages_app

app = pages_app(
    "impex", PAGES, [groups.router, finding.router, uploads.router, reports.router, exports.router]
)
