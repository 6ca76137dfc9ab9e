"""src/api/openapi.json is valid, and says what the server has: no more, no less."""
import json
import re

import openapi_spec_validator
import pytest

from support.openapi import FILE, Description
from support.server import ROOT, Server

ROUTES = ROOT / "src/api/routes.cc"
ROUTE = re.compile(r'\{\s*"(GET|POST|PUT|PATCH|DELETE|OPTIONS)",\s*"(/[^"]*)"')


@pytest.fixture(scope="module")
def description():
    return Description()


def test_it_is_valid(description):
    openapi_spec_validator.validate(description.document)
    assert description.document["openapi"].startswith("3.1.")


def test_its_examples_fit_their_schemas(description):
    problems = [f"{where}: {problem}" for where, example, schema in description.examples()
                for problem in description.problems_of(example, schema)]
    assert not problems, "\n".join(problems)


def test_operation_ids_are_unique(description):
    ids = [operation["operationId"] for item in description.document["paths"].values() for operation in item.values()]
    assert len(ids) == len(set(ids))


def test_it_has_every_route_and_no_other(description):
    routes = set(ROUTE.findall(ROUTES.read_text()))
    assert routes, f"no route found in {ROUTES}: did the table change its form?"
    assert sorted(routes) == sorted(description.routes())


def test_the_server_serves_it(description):
    with Server() as server:
        answer = server.get("/openapi.json")
        assert answer.status == 200, answer
        assert answer.headers["content-type"].startswith("application/json")
        assert answer.json == json.loads(FILE.read_text())
        assert answer.json["info"]["version"] == server.version
