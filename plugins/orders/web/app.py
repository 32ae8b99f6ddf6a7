"""The app of the pages of orders; Airflow mounts it at ``/orders``."""

from impex.web.shell import pages_app
from orders.web import chain, events, exports, gates, health, messages, orders
from orders.web.pages import PAGES

app = pages_app(
    "orders",
    PAGES,
    [
        orders.router,
        events.router,
        exports.router,
        messages.router,
        chain.router,
        gates.router,
        health.router,
    ],
)
