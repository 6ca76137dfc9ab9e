"""Compares answers with src/api/openapi.json."""
import copy
import json
import re
import urllib.parse

import jsonschema

from support.server import ROOT

FILE = ROOT / "src/api/openapi.json"


def _closed(node):
    """The same with every object closed: clients must bear fields that they don't know, tests must not."""
    if isinstance(node, list):
        return [_closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: _closed(value) for key, value in node.items()}
    # A map of properties, of which one is called so, is no schema itself.
    if isinstance(node.get("properties"), dict) and "type" in node and not isinstance(node["type"], dict):
        node.setdefault("additionalProperties", False)
    return node


class Description:
    """The OpenAPI description: which operations there are and what they may answer."""

    def __init__(self, document=None):
        self.document = document or json.loads(FILE.read_text())
        self._closed = _closed(copy.deepcopy(self.document))

    def routes(self):
        """{("GET", "/metrics"), …}"""
        return {(method.upper(), path) for path, item in self.document["paths"].items() for method in item}

    def template(self, path):
        """`/api/v1/projects/shop` → `/api/v1/projects/{id}`; None when there is no such path."""
        def fits(template):
            return re.fullmatch("/".join("[^/]+" if part.startswith("{") else re.escape(part) for part in template.split("/")),
                                path)
        return min((t for t in self.document["paths"] if fits(t)), key=lambda t: t.count("{"), default=None)

    def _resolve(self, node):
        while "$ref" in node:
            target = self._closed
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def problems_of(self, value, schema):
        """What is wrong with a value, as texts."""
        whole = {"components": self._closed["components"], "allOf": [schema]}
        validator = jsonschema.Draft202012Validator(whole, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
        return [f"{error.json_path}: {error.message[:500]}" for error in validator.iter_errors(value)]

    def problems(self, method, url, status, content_type, body):
        """What is wrong with an answer, as texts."""
        path = urllib.parse.urlsplit(url).path
        template = self.template(path)
        operation = self._closed["paths"].get(template, {}).get(method.lower())
        if operation is None:
            return [f"{method} {path} is not described"]
        responses = operation["responses"]
        if str(status) not in responses and status < 400:
            return [f"{method} {template} has no answer {status}"]
        content = self._resolve(responses.get(str(status), responses.get("default"))).get("content")
        if content is None:
            return [f"{method} {template} {status} has no body, this one has"] if body else []
        media = content.get((content_type or "").split(";")[0].strip())
        if media is None:
            return [f"{method} {template} {status} is {' or '.join(content)}, this one is {content_type!r}"]
        if not content_type.startswith("application/json"):
            return []
        try:
            value = json.loads(body)
        except ValueError as error:
            return [f"{method} {template} {status} is no JSON: {error}"]
        return [f"{method} {template} {status} {problem}" for problem in self.problems_of(value, media["schema"])]

    def examples(self):
        """(where, example, schema) of every JSON example in the description."""
        def walk(node, where):
            if isinstance(node, list):
                for number, item in enumerate(node):
                    yield from walk(item, f"{where}/{number}")
            elif isinstance(node, dict):
                if "example" in node and "schema" in node and not isinstance(node["example"], str):
                    yield where, node["example"], node["schema"]
                for key, item in node.items():
                    if key != "example":
                        yield from walk(item, f"{where}/{key}")
        yield from walk(self._closed, "#")
