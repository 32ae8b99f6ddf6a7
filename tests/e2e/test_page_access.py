"""Every route of the pages, for everybody, from everywhere: nothing is open by accident."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute

import tests.airflow_home  # noqa: F401 - before the first import of airflow
from impex.web.app import app as groups_app
from local.airflow_api import AirflowApi
from local.stack import Stack
from orders.web.app import app as orders_app
from tests.waiting import wait_for

NOBODY = "00000000-0000-7000-8000-000000000000"
APPS = {"/impex": groups_app, "/orders": orders_app}
ABSENT = 2**62
PLACES = {
    "dag_id": "brands",
    "upload_id": NOBODY,
    "job_id": "1",
    "run": "1",
    "descriptor": "brands",
    "name": "brands.csv",
    "number": "no-such-order",
    "event": ABSENT,
    "message": ABSENT,
    "gate": ABSENT,
}
# What routes of other kinds ignore.
BODY = {"reason": "a test", "ids": [ABSENT], "trigger": "cancel", "names": ["a.csv"]}
PEOPLE = ["anonymous", "viewer", "user", "op", "admin"]

# Who is the least that may use it.
ROUTES = {
    "GET /impex/groups": "viewer",
    "GET /impex/groups/{dag_id}": "viewer",
    "GET /impex/groups/{dag_id}/report": "viewer",
    "GET /impex/api/groups/{dag_id}/report": "viewer",
    "GET /impex/groups/{dag_id}/runs/{job_id}": "viewer",
    "GET /impex/groups/{dag_id}/runs/{job_id}/rejects/{name:path}": "viewer",
    "GET /impex/groups/{dag_id}/runs/{job_id}/changes": "viewer",
    "GET /impex/groups/{dag_id}/templates/{descriptor}": "viewer",
    "GET /impex/groups/{dag_id}/samples/{name}": "viewer",
    "GET /impex/groups/{dag_id}/upload": "user",
    "GET /impex/groups/{dag_id}/uploads/{upload_id}": "user",
    "GET /impex/api/groups/{dag_id}/uploads/{upload_id}": "user",
    "POST /impex/api/groups/{dag_id}/uploads": "user",
    "PUT /impex/api/groups/{dag_id}/uploads/{upload_id}/files/{name}": "user",
    "POST /impex/api/groups/{dag_id}/uploads/{upload_id}/finish": "user",
    "POST /impex/api/groups/{dag_id}/uploads/{upload_id}/run": "user",
    "GET /impex/upload": "viewer",
    "POST /impex/api/find": "viewer",
    "GET /impex/exports/{dag_id}": "viewer",
    "GET /impex/exports/{dag_id}/runs/{run}/{name:path}": "viewer",
    "POST /impex/api/exports/{dag_id}/run": "user",
    "GET /impex/static/{name}": "viewer",
    "GET /orders/list": "viewer",
    "GET /orders/order/{number:path}": "viewer",
    "GET /orders/api/order/{number:path}": "viewer",
    "POST /orders/api/order/{number:path}/fire": "user",
    "POST /orders/api/order/{number:path}/hold": "user",
    "POST /orders/api/order/{number:path}/release": "user",
    "GET /orders/events": "viewer",
    "GET /orders/events/conflicts": "viewer",
    "GET /orders/events/refusals": "viewer",
    "GET /orders/events/{event}": "viewer",
    "POST /orders/api/events/replay": "user",
    "GET /orders/exports": "viewer",
    "POST /orders/api/exports/rematch": "user",
    "POST /orders/api/exports/drop": "user",
    "GET /orders/messages": "viewer",
    "GET /orders/messages/unacknowledged": "viewer",
    "GET /orders/messages/{message}": "user",
    "POST /orders/api/messages/resend": "user",
    "POST /orders/api/messages/discard": "user",
    "POST /orders/api/messages/confirm": "user",
    "GET /orders/chain": "viewer",
    "GET /orders/gates": "viewer",
    "GET /orders/api/gates": "viewer",
    "GET /orders/gates/{gate}": "user",
    "POST /orders/api/gates/{gate}/approve": "user",
    "POST /orders/api/gates/{gate}/reject": "user",
    "GET /orders/health": "viewer",
    "GET /orders/metrics": "viewer",
    "GET /orders/static/{name}": "viewer",
}


@pytest.fixture(scope="module")
def tokens(stack: Stack) -> dict[str, str]:
    """A token of each person; Airflow has made up the passwords of those that we did not."""
    file = stack.settings.airflow_home / "passwords.json"
    wait_for(lambda: {*PEOPLE[1:]} <= {*json.loads(file.read_text())}, "the passwords")
    passwords = json.loads(file.read_text())
    found = {}
    for person in PEOPLE[1:]:
        with AirflowApi(stack.settings.url, person, passwords[person]) as api:
            found[person] = api.authorization
    return found


def ask(stack: Stack, route: str, headers: dict[str, str]) -> httpx.Response:
    """Ask a route about things that are not there."""
    method, _, path = route.partition(" ")
    address = path.replace(":path", "").format(**PLACES)
    body = {"json": BODY} if method == "POST" else {}
    query = {"run": "none"} if address.endswith("/report") else {}
    url = f"{stack.settings.url}{address}"
    return httpx.request(method, url, params=query, headers=headers, timeout=60, **body)


def test_every_route_has_a_row() -> None:
    """Whoever adds one says who may use it."""
    found = {
        f"{method} {mount}{route.path}"
        for mount, app in APPS.items()
        for route in app.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    }
    assert found == set(ROUTES)
    assert sum(len(app.routes) for app in APPS.values()) == len(found)


@pytest.mark.parametrize("person", PEOPLE)
def test_nobody_does_more_than_they_may(stack: Stack, tokens: dict[str, str], person: str) -> None:
    """Without login nothing answers; without the permission nothing does but the login."""
    headers = {"authorization": tokens[person]} if person in tokens else {}
    for route, least in ROUTES.items():
        answer = ask(stack, route, headers | {"sec-fetch-site": "same-origin"})
        if person == "anonymous":
            expected = {401}
        elif PEOPLE.index(person) < PEOPLE.index(least):
            expected = {403}
        else:
            expected = {200, 201, 404, 422}
        assert answer.status_code in expected, (route, answer.text)
        assert "default-src 'none'" in answer.headers["content-security-policy"], route
        assert answer.headers["x-content-type-options"] == "nosniff", route


@pytest.fixture
def teams(stack: Stack) -> Iterator[None]:
    """The brands are for ``op`` alone, and the sample for ``user`` and ``viewer``."""
    file = Path(stack.environment["IMPEX_GROUPS"]).parent / "teams.yaml"
    file.write_text("teams:\n  test-team: op\n  merchant-operations: [user, viewer]\n")
    yield
    file.unlink()


@pytest.mark.usefixtures("teams")
@pytest.mark.parametrize("person", ["user", "op", "admin"])
def test_a_group_is_for_its_owners_where_teams_are_named(
    stack: Stack, tokens: dict[str, str], person: str
) -> None:
    """What Airflow permits is not enough then; others do not even see that there is the group."""
    headers = {"authorization": tokens[person], "sec-fetch-site": "same-origin"}
    for route in ROUTES:
        if "{dag_id}" in route:
            answer = ask(stack, route, headers)
            assert (answer.status_code == 403) is (person != "op"), (route, answer.text)
            assert person == "op" or "brands belongs to test-team" in answer.text

    listed = httpx.get(f"{stack.settings.url}/impex/groups", headers=headers, timeout=60).text
    found = ask(stack, "POST /impex/api/find", headers).json()

    seen = {name for name in ("brands", "sample-catalogue") if f"groups/{name}" in listed}
    assert seen == {"user": {"sample-catalogue"}, "op": {"brands"}, "admin": set()}[person]
    assert ("brands" in {each["name"] for each in found}) is (person == "op")


@pytest.mark.parametrize("origin", ["cross-site", "same-site", "https://evil.example", "cookie"])
def test_pages_of_other_sites_change_nothing(
    stack: Stack, tokens: dict[str, str], origin: str
) -> None:
    """Whoever is logged in: their browser says where a request comes from."""
    headers = {
        "cookie": {"cookie": f"_token={tokens['admin'].removeprefix('Bearer ')}"},
        "https://evil.example": {"authorization": tokens["admin"], "origin": origin},
    }.get(origin, {"authorization": tokens["admin"], "sec-fetch-site": origin})
    for route in ROUTES:
        if not route.startswith("GET "):
            assert ask(stack, route, headers).status_code == 403, route
