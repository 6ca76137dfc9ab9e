"""The lake: what was sent is in the Parquet files, field by field; export, copy, rebuild and verify agree on it."""
import datetime
import json
import random
import time

import pyarrow as pa
import pyarrow.dataset as dataset
import pyarrow.parquet as parquet
import pytest

from support.project import Project
from support.server import Server, run

UTC = datetime.timezone.utc
FACTS = ["event_id", "seq", "project_id", "user_id", "product_id", "session_id", "time_id", "experiment_id", "variant", "event_type", "value",
         "amount_minor", "currency", "source", "entity_id", "status", "occurred_at", "received_at", "anonymous_id", "properties", "context"]

FULL = {
    "event_id": "full", "event_type": "purchase", "user_id": "u-1", "anonymous_id": "a-1", "session_id": "s-1", "value": 2.5,
    "amount_minor": -9007199254740993, "currency": "EUR", "product": {"sku": "tea", "name": "Tea ☕", "category": "drinks", "price_usd": 3.25},
    "experiment_id": "x", "variant": "B", "source": "web", "entity_id": "order-1", "status": "pending", "timestamp": "2026-03-02T09:15:00.123456+01:00",
    "properties": {"b": [1, {"c": None}], "a": "é\"\\\n😀"}, "context": {"page": "/cart"}, "user": {"segment": "vip", "traits": {"age": 41}}}
BARE = {"event_id": "bare", "event": "view", "anonymous_id": "a-2", "timestamp": "2026-03-03T00:00:00Z", "product_id": "tea", "plan": "pro"}
LATE = {"event_id": "late", "event": "view", "user_id": "u-1", "session_id": "s-1", "timestamp": "2026-02-27T23:59:59.999999Z"}


def wait_for(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert condition()


def lake(folder, table):
    if table == "fact_events":
        return dataset.dataset(str(folder / table), partitioning="hive").to_table()
    return dataset.dataset(str(folder / table)).to_table()


def rows(folder, table):
    return lake(folder, table).to_pylist()


def refused(command, data, *arguments):
    """What a command says that fails."""
    done = run(command, *arguments, data=data, check=False)
    assert done.returncode != 0, done
    return done.stderr


@pytest.fixture
def data(tmp_path):
    """A data directory with the three events, exported; nobody serves it."""
    with Server(data=tmp_path / "data") as server:
        assert server.post("/v1/events", [FULL, BARE]).json["accepted"] == 2
        assert server.post("/v1/events", [LATE, FULL, {"event": "no user"}]).status == 202
        server.stop()
    run("export", data=tmp_path / "data")
    return tmp_path / "data"


def test_every_field_of_an_event_is_in_the_facts_as_it_was_sent(data):
    facts = {row["event_id"]: row for row in rows(data / "lake", "fact_events")}
    assert facts.keys() == {"full", "bare", "late"}
    full = facts["full"]
    for name in ("event_type", "value", "amount_minor", "currency", "experiment_id", "variant", "source", "entity_id", "status", "anonymous_id"):
        assert full[name] == FULL[name], name
    assert full["occurred_at"] == datetime.datetime(2026, 3, 2, 8, 15, 0, 123456, tzinfo=UTC)
    assert abs((full["received_at"] - datetime.datetime.now(UTC)).total_seconds()) < 120
    assert json.loads(full["properties"]) == FULL["properties"] and json.loads(full["context"]) == FULL["context"]
    assert full["time_id"] == int(full["occurred_at"].timestamp()) // 60
    bare = facts["bare"]
    assert json.loads(bare["properties"]) == {"plan": "pro"}
    for name in ("session_id", "experiment_id", "variant", "value", "amount_minor", "currency", "source", "entity_id", "status", "context"):
        assert bare[name] is None, name
    assert facts["late"]["product_id"] is None and facts["late"]["properties"] is None
    assert bare["product_id"] == full["product_id"] is not None
    assert full["user_id"] == facts["late"]["user_id"] != bare["user_id"]
    assert full["seq"] < bare["seq"] < facts["late"]["seq"]


def test_facts_lie_in_the_folder_of_their_utc_date(data):
    assert {row["event_id"]: str(row["event_date"]) for row in rows(data / "lake", "fact_events")} == \
        {"full": "2026-03-02", "bare": "2026-03-03", "late": "2026-02-27"}


def test_dimensions_say_who_what_and_when(data):
    users = {(row["user_uuid"], row["anonymous"]): row for row in rows(data / "lake", "dim_users")}
    assert users.keys() == {("u-1", False), ("a-2", True)}
    user = users["u-1", False]
    assert user["segment"] == "vip" and json.loads(user["traits"]) == {"age": 41}
    assert (user["first_seen"], user["last_seen"]) == (datetime.datetime(2026, 2, 27, 23, 59, 59, 999999, tzinfo=UTC),
                                                       datetime.datetime(2026, 3, 2, 8, 15, 0, 123456, tzinfo=UTC))
    (product,) = rows(data / "lake", "dim_products")
    assert {name: product[name] for name in ("sku", "name", "category", "price_usd")} == FULL["product"]
    (session,) = rows(data / "lake", "dim_sessions")
    assert (session["session_uuid"], session["user_id"], session["started_at"]) == ("s-1", user["user_id"], user["first_seen"])
    assert session["duration_s"] == pytest.approx((user["last_seen"] - user["first_seen"]).total_seconds())
    minutes = {row["time_id"]: row for row in rows(data / "lake", "dim_time")}
    for fact in rows(data / "lake", "fact_events"):
        minute, when = minutes[fact["time_id"]], fact["occurred_at"]
        assert (minute["event_date"], minute["hour"], minute["minute"], minute["day_of_week"]) == \
            (when.date(), when.hour, when.minute, when.isoweekday())


def test_columns_have_the_documented_names_types_and_field_ids(data):
    for file in (data / "lake/fact_events").rglob("*.parquet"):
        schema = parquet.ParquetFile(file).schema_arrow
        assert schema.names == FACTS
        assert [int(field.metadata[b"PARQUET:field_id"]) for field in schema] == list(range(1, len(FACTS) + 1))
        types = {field.name: field.type for field in schema}
        assert types["seq"] == types["amount_minor"] == pa.int64() and types["value"] == pa.float64()
        assert types["occurred_at"] == types["received_at"] == pa.timestamp("us", tz="UTC")
        assert pa.types.is_string(types["properties"]) and pa.types.is_string(types["event_id"])


def test_the_manifest_names_every_file_with_its_rows_and_bytes(data):
    manifest = json.loads((data / "lake/manifest.json").read_text())
    named = {entry["key"]: entry for entry in manifest["files"]}
    lying = {str(path.relative_to(data / "lake")) for path in (data / "lake").rglob("*.parquet")}
    assert named.keys() == lying
    for key, entry in named.items():
        file = data / "lake" / key
        assert parquet.ParquetFile(file).metadata.num_rows == entry["rows"] and file.stat().st_size == entry["bytes"], key


def test_rows_lie_in_the_order_of_the_request(tmp_path):
    with Server(data=tmp_path / "data") as server:
        for part in range(5):
            server.post("/v1/events", [{"event": "e", "user_id": "u", "event_id": f"{part}-{n:04}"} for n in range(500)])
        server.stop()
    run("export", data=tmp_path / "data")
    facts = sorted(rows(tmp_path / "data/lake", "fact_events"), key=lambda row: row["seq"])
    assert [row["event_id"] for row in facts] == [f"{part}-{n:04}" for part in range(5) for n in range(500)]


def fill(server, name, days=5):
    """Sends a batch over some days; returns its ids."""
    chance = random.Random(name)
    events = [{"event": chance.choice("abc"), "user_id": f"u-{chance.randrange(20)}", "event_id": f"{name}-{n}", "session_id": f"s-{chance.randrange(40)}",
               "timestamp": f"2026-03-{chance.randrange(1, days + 1):02}T{chance.randrange(24):02}:00:00Z"} for n in range(300)]
    assert server.post("/v1/events", [*events, events[0], {"event": "bad"}]).json["accepted"] == 300
    return {event["event_id"] for event in events}


def numbers(server):
    project = Project(server, "default")
    project.position = server.post("/v1/events", []).json["position"]
    deadline = time.monotonic() + 60
    while server.get("/-/ready").status != 200 and time.monotonic() < deadline:
        time.sleep(0.05)
    return project.data("/metrics", **{"from": "2026-03-01", "to": "2026-03-31"}), project.ledger()


def test_many_exports_hold_every_fact_once_and_small_files_become_one(tmp_path):
    sent = set()
    with Server(data=tmp_path / "data") as server:
        for part in range(12):
            if not server.is_running():
                server.start()
            sent |= fill(server, f"part{part}")
            server.stop()
            run("export", data=server.data)
            manifest = json.loads((server.data / "lake/manifest.json").read_text())
            named = [entry for entry in manifest["files"] if entry["table"] == "fact_events"]
            assert sum(entry["rows"] for entry in named) == len(sent)
        ids = [id for entry in named for id in parquet.read_table(server.data / "lake" / entry["key"], columns=["event_id"], partitioning=None)["event_id"].to_pylist()]
        assert sorted(ids) == sorted(sent)
        assert len(named) < 12 * 5, "files were merged"
        run("export", data=server.data)
        assert {row["event_id"] for row in rows(server.data / "lake", "fact_events")} == sent
        assert run("verify", data=server.data).returncode == 0


@pytest.mark.parametrize("point", ["lake.after_data_files", "lake.before_manifest", "lake.after_manifest", "lake.before_remove"])
def test_an_export_that_dies_leaves_a_lake_that_the_next_one_completes(tmp_path, point):
    with Server(data=tmp_path / "data") as server:
        sent = fill(server, "one")
        server.stop()
        run("export", data=server.data)
        server.start()
        sent |= fill(server, "two")
        server.stop()
        died = run("export", data=server.data, check=False, crash_at=point)
        if died.returncode != 137:
            died = run("export", data=server.data, check=False, crash_at=point)
        assert died.returncode == 137, (died.returncode, died.stderr)
        run("export", data=server.data)
        run("export", data=server.data)
        facts = rows(server.data / "lake", "fact_events")
        assert len(facts) == len(sent) and {row["event_id"] for row in facts} == sent
        assert run("verify", data=server.data).returncode == 0


def test_a_copy_of_a_range_is_laid_out_as_the_lake(data, tmp_path):
    run("export", "--to", tmp_path / "copy", "--from", "2026-03-02", "--until", "2026-03-03", data=data)
    assert [row["event_id"] for row in rows(tmp_path / "copy", "fact_events")] == ["full"]
    assert len(rows(tmp_path / "copy", "dim_users")) == 2
    run("export", "--to", tmp_path / "all", data=data)
    assert {row["event_id"] for row in rows(tmp_path / "all", "fact_events")} == {"full", "bare", "late"}
    again = run("export", "--to", tmp_path / "all", data=data, check=False)
    assert again.returncode == 1 and str(tmp_path / "all") in again.stderr, "a folder that is not empty is left alone"


@pytest.mark.parametrize("wrong", [["--from", "soon"], ["--until", "2026-02-30"], ["--from", "2026-03-05", "--until", "2026-03-01"]])
def test_a_range_that_is_none_is_refused(data, tmp_path, wrong):
    done = run("export", "--to", tmp_path / "copy", *wrong, data=data, check=False)
    assert done.returncode in (1, 2) and done.stderr, done


def test_without_its_warehouse_the_numbers_are_the_same_after_a_rebuild(tmp_path):
    with Server(data=tmp_path / "data") as server:
        fill(server, "one")
        server.stop()
        run("export", data=server.data)
        server.start()
        fill(server, "two")
        before = numbers(server)
        server.stop()
        (server.data / "warehouse.duckdb").unlink()
        run("rebuild", data=server.data)
        assert run("verify", data=server.data).returncode == 0
        server.start()
        assert numbers(server) == before
        server.stop()


def test_the_log_keeps_what_a_killed_servers_warehouse_has_to_load_again(tmp_path):
    def position_of(name, server):
        return next(int(line.split()[1]) for line in server.get("/-/metrics").body.decode().splitlines() if line.startswith(name + " "))

    batches, size = 14, 500  # 14 MB: several segments of the log, and less than a checkpoint is made for by itself
    with Server("--lake-interval", "1s", "--log-keep-bytes", "1KiB", "--log-keep-age", "1s", data=tmp_path / "data") as server:
        first = server.post("/v1/events", [{"event": "first", "user_id": "u"}]).json["position"]
        assert server.get("/metrics", query={"at_least": first}).json["data"]["total_events"] == 1
        server.stop()  # an empty warehouse would come from the lake
        server.start()
        for batch in range(batches):
            events = [{"event": "kept", "user_id": "u", "event_id": f"{batch}-{n}", "filler": "x" * 1500} for n in range(size)]
            assert server.post("/v1/events", events).json["accepted"] == size
        assert len(list((server.data / "log").glob("*.log"))) > 1
        manifest = server.data / "lake/manifest.json"
        wait_for(lambda: manifest.exists() and json.loads(manifest.read_text())["position"] == 1 + batches * size)
        time.sleep(2)  # in which the log would let go
        assert position_of("spectrum_warehouse_pending_bytes", server) > 0
        assert position_of("spectrum_log_first_position", server) == 1
        server.kill()
        server.start()
        answer = server.get("/metrics", query={"event_type": "kept"})
        assert answer.json["data"]["total_events"] == batches * size
        assert "rebuil" not in server.output()
        server.stop()
        # Written to the file when it stopped, so that now the log may go.
        server.start()
        server.post("/v1/events", [{"event": "one more", "user_id": "u"}])
        wait_for(lambda: position_of("spectrum_log_first_position", server) > 1)
        server.stop()


@pytest.mark.parametrize("point", ["rebuild.after_restore", "rebuild.before_commit"])
def test_a_rebuild_that_dies_is_done_again(tmp_path, point):
    with Server(data=tmp_path / "data") as server:
        fill(server, "one")
        server.stop()
        run("export", data=server.data)
        server.start()
        fill(server, "two")
        before = numbers(server)
        server.stop()
        died = run("rebuild", data=server.data, check=False, crash_at=point)
        assert died.returncode == 137, (died.returncode, died.stdout, died.stderr)
        server.start()
        assert numbers(server) == before
        server.stop()
        run("rebuild", data=server.data)
        assert run("verify", data=server.data).returncode == 0


def test_verify_is_content_with_a_good_directory(data):
    done = run("verify", data=data)
    assert done.returncode == 0


def change_parquet(data, table, change):
    """Rewrites the first file of a table with a changed row; the manifest gets its new size, and no checksum."""
    path = data / "lake/manifest.json"
    manifest = json.loads(path.read_text())
    entry = next(entry for entry in manifest["files"] if entry["table"] == table)
    file = data / "lake" / entry["key"]
    before = parquet.read_table(file, partitioning=None)
    changed = change(before)
    parquet.write_table(changed.cast(before.schema), file, compression="zstd")
    entry["rows"], entry["bytes"] = changed.num_rows, file.stat().st_size
    del entry["crc32c"]
    path.write_text(json.dumps(manifest))


def with_column(name, value):
    def change(table):
        column = table.column_names.index(name)
        values = table[name].to_pylist()
        values[0] = value
        return table.set_column(column, table.schema.field(name), pa.array(values, table.schema.field(name).type))
    return change


@pytest.mark.parametrize("table, change, said", [
    ("fact_events", with_column("event_type", "changed"), "event_type"), ("fact_events", with_column("value", 99.0), "value"),
    ("fact_events", with_column("properties", '{"x":1}'), "properties"), ("fact_events", lambda table: table.slice(1), "fact_events"),
    ("dim_users", with_column("user_uuid", "somebody"), "dim_users"),
    ("ledger", with_column("stored", 7), "ledger"),
], ids=["another type", "another value", "another property", "a fact less", "another user", "another count"])
def test_verify_tells_a_planted_difference(data, table, change, said):
    change_parquet(data, table, change)
    done = run("verify", data=data, check=False)
    assert done.returncode == 1 and said in done.stdout + done.stderr, (done.returncode, done.stdout, done.stderr)


def test_verify_tells_a_file_that_is_missing_or_damaged(data):
    file = next((data / "lake/fact_events").rglob("*.parquet"))
    whole = file.read_bytes()
    for damage in (lambda: file.unlink(), lambda: file.write_bytes(whole[:-20]), lambda: file.write_bytes(b"")):
        damage()
        done = run("verify", data=data, check=False)
        assert done.returncode == 1 and done.stderr, (done.returncode, done.stdout, done.stderr)
    file.write_bytes(whole)
    assert run("verify", data=data).returncode == 0


def test_a_changed_byte_anywhere_in_a_file_is_told(data):
    file = next((data / "lake/fact_events").rglob("*.parquet"))
    whole = file.read_bytes()
    for at in range(0, len(whole), 97):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
        said = refused("verify", data)
        assert file.name in said and "has other bytes" in said, (at, said)
    assert "has other bytes" in refused("export", data, "--to", data.parent / "copy")
    file.write_bytes(whole)
    assert run("verify", data=data).returncode == 0


def test_health_and_the_log_tell_a_file_of_the_lake_that_is_gone(data):
    file = next((data / "lake/fact_events").rglob("*.parquet"))
    file.rename(data / "kept")
    with Server(data=data) as server:
        health = server.get("/api/v1/health")
        assert health.status == 503 and health.json["data"]["dependencies"]["lake"] == "unavailable", health
        assert server.get("/-/ready").status == 200
        assert server.post("/track", {"event": "view", "user_id": "u"}).status == 202
        assert file.name in server.output()
        server.stop()
        (data / "kept").rename(file)
        server.start()
        assert server.get("/api/v1/health").json["data"]["dependencies"]["lake"] == "ok"


def test_verify_needs_a_warehouse_and_a_log_that_reaches_it(data):
    (data / "warehouse.duckdb").rename(data / "kept")
    assert "no " in refused("verify", data) and "rebuild" in refused("verify", data)
    (data / "kept").rename(data / "warehouse.duckdb")
    for segment in (data / "log").iterdir():
        segment.unlink()
    assert "the log ends at position" in refused("verify", data)
    assert not (data / "verify.duckdb").exists()


def test_verify_looks_at_what_was_not_loaded_yet_and_keeps_what_was_refused(tmp_path):
    with Server(data=tmp_path / "data", crash_at="load.before_commit") as server:
        server.post("/v1/events", [{"event": "view", "user_id": "u"}, {"event": "no user"}])
        server.wait(20)
    assert "up to position 2" in run("verify", data=tmp_path / "data").stdout
    with Server(data=tmp_path / "data") as server:
        project = Project(server, "default")
        assert [item["payload"] for item in project.quarantine()] == ['{"event": "no user"}']
        assert project.ledger()["stored"] == 1


def test_a_rebuild_lists_what_was_refused_just_before_the_server_was_killed(tmp_path):
    with Server(data=tmp_path / "data") as server:
        assert server.post("/v1/events", {"event": "view", "user_id": "u"}).status == 202
        server.stop()
    (tmp_path / "data/catalog.db").rename(tmp_path / "catalog.db")
    with Server(data=tmp_path / "data") as server:
        server.post("/v1/events", [{"event": "no user"}])
        server.kill()
    for name in ("catalog.db", "catalog.db-wal", "catalog.db-shm"):
        (tmp_path / "data" / name).unlink(missing_ok=True)
    (tmp_path / "catalog.db").rename(tmp_path / "data/catalog.db")
    run("rebuild", data=tmp_path / "data")
    with Server(data=tmp_path / "data") as server:
        assert [item["payload"] for item in Project(server, "default").quarantine()] == ['{"event": "no user"}']


def test_a_lost_manifest_is_told_and_no_file_is_touched(data):
    files = {path: path.stat().st_mtime for path in (data / "lake").rglob("*.parquet")}
    (data / "lake/manifest.json").unlink()
    for command in ("verify", "rebuild", "export"):
        assert "manifest.json" in refused(command, data)
    assert files and files == {path: path.stat().st_mtime for path in (data / "lake").rglob("*.parquet")}


def test_a_copy_does_not_go_into_the_data_directory(data):
    assert "data directory" in refused("export", data, "--to", data / "lake/copy")
    assert "--to" in refused("export", data, "--from", "2026-03-01")


def test_verify_changes_nothing(data):
    def state():
        return {str(path.relative_to(data)): path.read_bytes() for path in (data / "lake").rglob("*") if path.is_file()}
    before = state()
    run("verify", data=data)
    assert state() == before
    with Server(data=data) as server:
        assert Project(server, "default").ledger()["stored"] == 3
        server.stop()


def test_a_server_exports_by_itself_on_its_schedule(tmp_path):
    with Server("--lake-interval", "1s", data=tmp_path / "data") as server:
        for part in range(3):
            sent = fill(server, f"part{part}")
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                if (server.data / "lake/manifest.json").exists():
                    manifest = json.loads((server.data / "lake/manifest.json").read_text())
                    if sum(entry["rows"] for entry in manifest["files"] if entry["table"] == "fact_events") == 300 * (part + 1):
                        break
                time.sleep(0.05)
            else:
                raise AssertionError("the lake does not get the events")
        assert sent
        server.stop()
    assert run("verify", data=tmp_path / "data").returncode == 0


def test_merging_files_that_unpack_to_much_ends_in_time_and_does_not_end_the_server(tmp_path):
    """Rows that pack well are small files of large content: merging them must fit into the engine's memory, and a stop
    must not wait for it."""
    with Server("--lake-interval", "1s", "--memory", "128MiB", data=tmp_path / "data") as server:
        text = "x" * 60_000
        for part in range(10):
            for _ in range(2):
                events = [{"event": "e", "user_id": "u", "properties": {"filler": text}} for n in range(300)]
                assert server.post("/v1/events", events, timeout=60).status == 202
            time.sleep(1.1)
        assert server.is_running(), server.output()[-2000:]
        begin = time.monotonic()
        server.stop(timeout=30)
        assert time.monotonic() - begin < 10, "it must end within 10 s"
        server.start()
        project = Project(server, "default")
        project.position = server.post("/v1/events", []).json["position"]
        assert project.ledger()["stored"] == 6000
        server.stop()
