"""The chain of exporters as a picture, with what is where in it."""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from impex.orchestration.wiring import own_database
from orders.config import exporters_directory, load_chain
from orders.services.chain_picture import picture
from orders.storage import export_items
from orders.web.pages import PAGES, READING_EXPORTS

router = APIRouter()


@router.get("/chain", response_class=HTMLResponse, dependencies=[Depends(READING_EXPORTS)])
def show_chain(request: Request) -> HTMLResponse:
    """Show which exporter takes which flag, and how much is where."""
    exporters = load_chain(exporters_directory())
    with own_database() as database, database.transaction() as connection:
        counts = export_items.counts(connection)
    return PAGES.show(request, "chain.html", picture=picture(exporters, counts))
