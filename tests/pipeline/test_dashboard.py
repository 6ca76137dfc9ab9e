"""Where the dashboard is served, and where it is not."""
import pytest

from support.server import Server

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture(scope="module")
def server():
    with Server() as server:
        if server.get("/").status == 404:
            pytest.skip("built without the dashboard")
        yield server
        server.stop()


@pytest.mark.parametrize("path", ["/funnel", "/no/such/page", "/p/default/overview", "/login"])
def test_a_browser_is_shown_the_dashboard(server, path):
    answer = server.get(path, headers=BROWSER)
    assert answer.status == 200 and answer.headers["content-type"].startswith("text/html"), answer
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/assets/index-gone.js", "/assets/", "/api/v1/nothing", "/v1/nothing", "/-/nothing"])
def test_what_machines_look_for_is_never_a_page(server, path):
    answer = server.get(path, headers=BROWSER)
    assert answer.status == 404 and answer.json["error"]["code"] == "not_found", answer


def test_what_is_no_browser_is_told_that_nothing_is_there(server):
    assert server.get("/funnel").json["error"]["code"] == "not_found"
    assert server.get("/funnel", headers={"Accept": "*/*"}).status == 404
    assert server.post("/funnel", {}, headers=BROWSER).status == 404
    assert server.get("/track", headers=BROWSER).status == 405
