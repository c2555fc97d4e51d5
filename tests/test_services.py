"""The servers that tests run against: real, private, and gone afterwards."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from sqlalchemy import create_engine, make_url, text

from tests import services
from tests.services import PostgreSQL, Valkey, create_database, drop_database, postgresql, valkey


@pytest.fixture(scope="module")
def cluster() -> Iterator[PostgreSQL]:
    with postgresql() as server:
        yield server


@pytest.fixture
def store() -> Iterator[Valkey]:
    with valkey() as server:
        yield server


def ask(url: str, question: str, **values: str) -> object:
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            result = connection.execute(text(question), values)
            return result.scalar() if result.returns_rows else None
    finally:
        engine.dispose()


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 15
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


class TestPostgreSQL:
    def test_it_answers(self, postgres_url):
        assert str(ask(postgres_url, "select version()")).startswith("PostgreSQL")

    def test_the_caller_s_environment_does_not_lead_elsewhere(self, postgres_url, monkeypatch):
        for name, value in {"PGPORT": "1", "PGHOST": "nowhere.invalid", "PGUSER": "me"}.items():
            monkeypatch.setenv(name, value)
        assert ask(postgres_url, "select current_user") == "postgres"

    def test_two_clusters_side_by_side_know_nothing_of_each_other(self, postgres_url, cluster):
        ask(cluster.url, "create table only_here (n integer)")
        question = "select count(*) from pg_tables where tablename = 'only_here'"
        assert [ask(cluster.url, question), ask(postgres_url, question)] == [1, 0]

    def test_it_never_runs_as_root(self, postgres_server):
        user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid()
        assert (postgres_server.folder / "data" / "postmaster.pid").stat().st_uid == user

    def test_it_listens_on_no_network(self, postgres_url):
        assert not ask(postgres_url, "show listen_addresses")

    def test_a_restart_keeps_the_data_and_the_address(self, cluster):
        ask(cluster.url, "create table kept (n integer)")
        ask(cluster.url, "insert into kept values (7)")
        cluster.restart()
        assert ask(cluster.url, "select n from kept") == 7

    def test_a_crash_loses_nothing_committed(self, cluster):
        ask(cluster.url, "create table survivor as select 1 as n")
        cluster.crash()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(cluster.url.replace("+psycopg", "", 1)).close()
        cluster.start()
        assert ask(cluster.url, "select n from survivor") == 1

    def test_stopping_twice_is_harmless(self, cluster):
        cluster.stop()
        cluster.stop()
        cluster.start()
        assert cluster.answers()

    def test_starting_twice_is_a_mistake(self, cluster):
        with pytest.raises(RuntimeError, match="is running"):
            cluster.start()


class TestDatabases:
    def test_a_copy_starts_with_what_its_template_holds(self, postgres_url):
        template = create_database(postgres_url)
        ask(template, "create table t as select 'é' as letter")
        copy = create_database(postgres_url, template)
        ask(copy, "insert into t values ('è')")
        counts = [ask(url, "select count(*) from t") for url in (template, copy)]
        drop_database(copy)
        drop_database(template)
        assert counts == [1, 2]

    def test_dropping_does_not_wait_for_those_who_are_connected(self, postgres_url):
        url = create_database(postgres_url)
        with psycopg.connect(url.replace("+psycopg", "", 1)):
            drop_database(url)
        question = "select count(*) from pg_database where datname = :name"
        assert ask(postgres_url, question, name=str(make_url(url).database)) == 0


class TestValkey:
    def test_it_answers(self, redis_url):
        with redis.Redis.from_url(redis_url) as client:
            client.set("tests:services", "here")
            assert client.getdel("tests:services") == b"here"

    def test_two_servers_side_by_side_know_nothing_of_each_other(self, redis_url, store):
        with redis.Redis.from_url(redis_url) as one, redis.Redis.from_url(store.url) as other:
            other.set("tests:only-here", 1)
            assert not one.exists("tests:only-here")

    def test_it_refuses_while_stopped_and_comes_back_empty_at_the_same_address(self, store):
        with redis.Redis.from_url(store.url) as client:
            client.set("key", 1)
            store.stop()
            with pytest.raises(redis.ConnectionError):
                client.ping()
            store.start()
            assert client.dbsize() == 0

    def test_one_that_cannot_start_says_why(self, tmp_path):
        with pytest.raises(RuntimeError, match=r"(?s)did not start:.*No such file"):
            Valkey(tmp_path, program=tmp_path / "missing").start()


class TestPlaces:
    def test_a_temporary_folder_too_long_for_sockets_is_avoided(self, tmp_path, monkeypatch):
        deep = tmp_path / ("d" * 100)
        deep.mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(deep))
        with valkey() as server:
            assert deep not in server.folder.parents

    def test_spaces_in_the_temporary_folder_are_fine(self, monkeypatch):
        # Not below tmp_path, which is closed to the user that PostgreSQL runs as.
        spaced = Path(tempfile.gettempdir()) / f"a + b {os.getpid()}"
        spaced.mkdir()
        spaced.chmod(0o755)
        monkeypatch.setattr("tempfile.tempdir", str(spaced))
        try:
            with postgresql() as cluster, valkey() as store:
                assert {cluster.folder.parent, store.folder.parent} == {spaced}
                assert ask(create_database(cluster.url), "select 1") == 1
                assert store.answers()
        finally:
            shutil.rmtree(spaced)

    def test_programs_that_only_we_can_reach_run_too(self, tmp_path, monkeypatch):
        monkeypatch.delenv("TOCSIN_TEST_PG_BINDIR", raising=False)
        package = services.postgresql_programs().parents[1]
        ours = tmp_path / "closed" / package.name
        shutil.copytree(package / "pginstall", ours / "pginstall", symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        shutil.copytree(libraries, ours.with_name(libraries.name), symlinks=True)
        (tmp_path / "closed").chmod(0o700)
        monkeypatch.setenv("TOCSIN_TEST_PG_BINDIR", str(ours / "pginstall" / "bin"))
        with postgresql() as cluster:
            assert cluster.answers()

    @pytest.mark.parametrize(
        ("variable", "find"),
        [
            ("TOCSIN_TEST_PG_BINDIR", services.postgresql_programs),
            ("TOCSIN_TEST_REDIS_SERVER", services.valkey_program),
        ],
    )
    def test_a_program_named_but_missing_is_an_error(self, variable, find, tmp_path, monkeypatch):
        monkeypatch.setenv(variable, str(tmp_path / "missing"))
        with pytest.raises(RuntimeError, match=variable):
            find()


class TestTheEnd:
    STORY = """
import time
from tests.services import postgresql, valkey
with postgresql() as cluster, valkey() as store:
    print(cluster.folder, store.folder, sep="\\n", flush=True)
    time.sleep(60)
"""

    @pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
    def test_a_run_that_is_interrupted_leaves_nothing_behind(self, number):
        root = Path(__file__).parents[1]
        command = [sys.executable, "-c", self.STORY]
        run = subprocess.Popen(  # noqa: S603
            command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        with run:
            assert run.stdout
            folders = [Path(run.stdout.readline().strip()) for _ in range(2)]
            server = int((folders[0] / "data" / "postmaster.pid").read_text().split()[0])
            run.send_signal(number)
        assert eventually(lambda: not any(folder.exists() for folder in folders))
        assert not Path(f"/proc/{server}").exists()
