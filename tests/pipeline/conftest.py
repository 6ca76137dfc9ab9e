import pytest

from support.project import Project
from support.server import Server


@pytest.fixture(scope="module")
def server():
    """One server for the tests of a file; each test has a project of its own."""
    with Server() as running:
        yield running
        assert running.is_running(), running.output()[-5000:]
        running.stop()


@pytest.fixture
def project(server):
    return Project(server)
