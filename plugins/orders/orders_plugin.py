"""The only file of this package that Airflow's plugin manager runs; it must stay without weight.

It is executed in the API server and in every task process.
"""

from typing import Any

from airflow.plugins_manager import AirflowPlugin


async def _pages(scope: Any, receive: Any, send: Any) -> None:
    """Answer requests; what the pages need is imported in the API server only."""
    from orders.web.app import app

    await app(scope, receive, send)


class OrdersPlugin(AirflowPlugin):
    """Shows the pages of orders in Airflow."""

    name = "orders"
    fastapi_apps = [{"app": _pages, "name": "orders", "url_prefix": "/orders"}]  # noqa: RUF012
    external_views = [  # noqa: RUF012
        {
            "name": "Orders",
            "href": "/orders/list",
            "destination": "nav",
            "url_route": "orders",
        },
        {
            "name": "Health",
            "href": "/orders/health",
            "destination": "nav",
            "url_route": "health",
        },
    ]
