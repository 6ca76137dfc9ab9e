"""Every statement that the questions' tests run is one that PostgreSQL takes, too, on the same star schema."""
import glob
import json
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile

import pytest

from support.server import ROOT

PROGRAMS = os.environ.get("SPECTRUM_QUERY_TESTS", f"{ROOT}/build/release/src/query/query_test:{ROOT}/build/release/src/query/query_reference_test")


def postgres_folder():
    """Where PostgreSQL's programs are: on Debian not in the PATH."""
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin")) + os.environ["PATH"].split(os.pathsep)
    for folder in map(pathlib.Path, folders):
        if all((folder / program).exists() for program in ("initdb", "pg_ctl", "psql")):
            return folder
    if os.environ.get("CI") == "true":
        pytest.fail("PostgreSQL is missing: tools/setup test")
    pytest.skip("PostgreSQL is missing: tools/setup test")


class Cluster:
    """A PostgreSQL of its own in a new folder, reached by a socket there. It refuses to be root."""

    def __init__(self, programs):
        self.programs = programs
        self.as_user = {"user": "postgres", "cwd": "/"} if os.geteuid() == 0 else {}
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pg-"))
        if self.as_user:
            os.chown(self.folder, pwd.getpwnam("postgres").pw_uid, -1)

    def run(self, program, *arguments, **more):
        return subprocess.run([str(self.programs / program), *map(str, arguments)], text=True, capture_output=True, timeout=120,
                              **self.as_user, **more)

    def __enter__(self):
        made = self.run("initdb", "-D", self.folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        assert made.returncode == 0, made.stderr
        started = self.run("pg_ctl", "-D", self.folder / "data", "-l", self.folder / "log", "-w", "-o",
                           f"-c listen_addresses='' -k {self.folder} -c fsync=off", "start")
        assert started.returncode == 0, started.stderr
        return self

    def __exit__(self, *_):
        self.run("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def sql(self, script):
        """What psql says on stderr."""
        answer = self.run("psql", "-h", self.folder, "-U", "postgres", "-X", "-q", "-v", "ON_ERROR_STOP=0", "-f", "-", input=script)
        return answer.stderr


@pytest.fixture(scope="module")
def cluster():
    with Cluster(postgres_folder()) as running:
        star = (ROOT / "src/warehouse/schema/0001_star.sql").read_text()
        for name in ("random_text", "long_text"):
            star = star.replace("{%s}" % name, "")
        assert running.sql(star + (ROOT / "tests/postgres/functions.sql").read_text()) == ""
        yield running


@pytest.fixture(scope="module")
def statements(tmp_path_factory):
    file = tmp_path_factory.mktemp("statements") / "statements"
    for program in PROGRAMS.split(":"):
        subprocess.run([program, "--gtest_filter=-*Buckets*:*/1:*/2", "--gtest_brief=1"], check=True, timeout=600, stdout=subprocess.DEVNULL,
                       env={**os.environ, "SPECTRUM_STATEMENTS": str(file), "REFERENCE_CASES": "200"})
    noted = {}
    for line in file.read_text().splitlines():
        statement = json.loads(line)
        noted.setdefault((statement["sql"], tuple(statement["types"])), None)
    return list(noted)


# Of each file one text at least was run: its first words after the comment.
NOT_OF_QUESTIONS = {"event_counts", "highest_project"}


def test_every_statement_file_of_the_questions_was_run(statements):
    texts = [sql for sql, _ in statements]
    for file in sorted((ROOT / "src/query").glob("*.sql")):
        begin = file.read_text().split("{")[0]
        assert file.stem in NOT_OF_QUESTIONS or any(text.startswith(begin) for text in texts), f"no test runs {file.name}"


def test_postgresql_takes_every_statement(cluster, statements):
    assert len(statements) > 100
    script = "".join(f"PREPARE q{number}{'(' + ', '.join(types) + ')' if types else ''} AS {sql};\n"
                     for number, (sql, types) in enumerate(statements))
    refused = [line for line in cluster.sql(script).splitlines() if "ERROR" in line]
    shown = []
    for line in refused[:5]:
        row = int(line.split("<stdin>:")[1].split(":")[0]) if "<stdin>:" in line else 0
        shown.append(line + "\n" + "\n".join(script.splitlines()[max(0, row - 12):row]))
    assert not refused, f"{len(refused)} of {len(statements)} refused\n" + "\n\n".join(shown)


@pytest.mark.parametrize("json_text, key, text, number", [
    ('{"a":2.0}', "/a", "2", "2"), ('{"a":0.5}', "/a", "0.5", "0.5"), ('{"a":"2.0"}', "/a", "2.0", ""), ('{"a":true}', "/a", "true", ""),
    ('{"a":12}', "/a", "12", "12"), ('{"a":null}', "/a", "", ""), ('{"a/b":1}', "/a~1b", "1", "1"), ('{"~1":"x"}', "/~01", "x", ""),
])
def test_properties_read_the_same(cluster, json_text, key, text, number):
    answer = cluster.run("psql", "-h", cluster.folder, "-U", "postgres", "-X", "-At", "-c",
                         f"SELECT property_text('{json_text}', '{key}'), property_number('{json_text}', '{key}')")
    assert answer.stdout.strip("\n") == f"{text}|{number}", answer.stderr
