"""The command: what it does, and mistakes told in one line."""

import io
import json
import sys
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from service.cli import main
from service.config import MASK
from service.db import migrate
from service.db.engine import open_database
from service.doctor import machine
from service.doctor.findings import Level

KEY = "0123456789abcdef0123456789abcdef"
PAGES = """
pages:
  - slug: mail
    name: {fr: Courriel, en: Mail}
    description: {fr: La plateforme, en: The platform}
    languages: [fr, en]
    timezone: Europe/Paris
    sections:
      - slug: core
        name: {fr: Cœur, en: Core}
        components:
          - slug: webmail
            name: {fr: Webmail, en: Webmail}
"""


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch, tmp_path):
    for name in ("BIND", "DATABASE_URL", "QUEUE_URL", "SMTP_URL", "CHANNELS", "SECRET_KEY"):
        monkeypatch.delenv(f"TOCSIN_{name}", raising=False)
    monkeypatch.setenv("TOCSIN_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
def tocsin(capsys):
    """Run a command; return its exit code, output and complaints."""

    def run(*arguments):
        with pytest.raises(SystemExit) as end:
            main(arguments)
        said = capsys.readouterr()
        return end.value.code, said.out, said.err

    return run


class TestMistakes:
    @pytest.mark.parametrize(
        ("setting", "value", "complaint"),
        [
            ("CHANNELS", "email,pigeon", "TOCSIN_CHANNELS: no channel 'pigeon'"),
            ("BIND", "everywhere", "TOCSIN_BIND: expected an address and a port"),
            ("BIND", "0.0.0.0:8080", "TOCSIN_SECRET_KEY: set TOCSIN_SECRET_KEY"),
            ("QUEUE_URL", "amqp://localhost", "TOCSIN_QUEUE_URL: no broker for 'amqp'"),
            ("DATABASE_URL", "mysql://localhost/x", "TOCSIN_SECRET_KEY"),
            ("SMTP_URL", "localhost:25", "TOCSIN_SMTP_URL: the scheme must be one of"),
            ("COLOUR", "red", "TOCSIN_COLOUR: there is no such setting"),
            ("CHANNEL_PIGEON_SPEED", "9", "TOCSIN_CHANNEL_PIGEON_SPEED: no enabled channel"),
            ("LOG_LEVEL", "loud", "TOCSIN_LOG_LEVEL: "),
        ],
    )
    def test_a_setting_that_cannot_be_used_is_one_line(
        self, tocsin, monkeypatch, setting, value, complaint
    ):
        monkeypatch.setenv(f"TOCSIN_{setting}", value)
        code, out, err = tocsin("serve")
        assert (code, out) == (2, "")
        assert err.startswith(complaint)
        assert err.count("\n") == 1

    @pytest.mark.parametrize(
        ("url", "complaint"),
        [
            ("mysql://localhost/x", "TOCSIN_DATABASE_URL: "),
            ("postgresql+psycopg://localhost:1/x", "TOCSIN_DATABASE_URL: the database does not"),
        ],
    )
    def test_a_database_that_cannot_be_used_is_one_line(self, tocsin, monkeypatch, url, complaint):
        monkeypatch.setenv("TOCSIN_SECRET_KEY", KEY)
        monkeypatch.setenv("TOCSIN_DATABASE_URL", url)
        code, _, err = tocsin("serve")
        assert code == 2
        assert err.startswith(complaint)
        assert err.count("\n") == 1

    def test_the_built_in_mailbox_is_not_for_a_service_others_can_reach(self, tocsin, monkeypatch):
        monkeypatch.setenv("TOCSIN_SECRET_KEY", KEY)
        monkeypatch.setenv("TOCSIN_BIND", "0.0.0.0:8080")
        code, _, err = tocsin("serve")
        assert code == 2
        assert err.startswith("TOCSIN_SMTP_URL: name the mail server")

    def test_a_number_that_no_row_can_have_is_a_mistake_of_who_wrote_it(self, tocsin):
        code, _, err = tocsin("subscribers", "show", "9" * 20)
        assert (code, "Invalid value for 'NUMBER'" in err) == (2, True)

    def test_a_time_that_cannot_be_read_names_its_option(self, tocsin):
        code, _, err = tocsin("rollout", "freeze", "Year end", "--from", "soon", "--to", "later")
        assert (code, "--from: " in err, "--to: " in err) == (2, True, True)

    @pytest.mark.parametrize("command", ["web", "worker", "ticker"])
    def test_processes_that_share_work_need_a_queue_they_share(self, tocsin, command):
        code, _, err = tocsin(command)
        assert code == 2
        assert f"`tocsin {command}` needs a queue that processes share" in err

    def test_a_database_of_another_version_is_not_touched(self, tocsin, tmp_path):
        tocsin("db", "upgrade")
        database = open_database(f"sqlite:///{tmp_path / 'data' / 'tocsin.db'}")
        with database.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = 'other'"))
        database.close()
        code, _, err = tocsin("key", "list")
        assert code == 2
        assert "run `tocsin db upgrade`" in err

    def test_an_unknown_command_is_told(self, tocsin):
        code, _, err = tocsin("sing")
        assert code == 2
        assert "No such command 'sing'" in err


class TestDatabase:
    def test_upgrading_twice_is_harmless(self, tocsin, tmp_path):
        for _ in range(2):
            assert tocsin("db", "upgrade")[0] == 0
        database = open_database(f"sqlite:///{tmp_path / 'data' / 'tocsin.db'}")
        assert migrate.is_current(database.engine)
        database.close()


class TestPage:
    def test_a_file_is_applied_and_the_second_time_changes_nothing(self, tocsin, tmp_path):
        file = tmp_path / "platforms.yaml"
        file.write_text(PAGES)
        assert "created page mail" in tocsin("page", "apply", str(file))[1]
        assert tocsin("page", "apply", str(file))[1] == "3 unchanged\n"

    def test_a_file_that_cannot_be_used_changes_nothing(self, tocsin, tmp_path):
        file = tmp_path / "platforms.yaml"
        file.write_text(PAGES.replace("Europe/Paris", "Europe/Atlantis"))
        code, _, err = tocsin("page", "apply", str(file))
        assert code == 2
        assert "timezone" in err


class TestKeys:
    def test_a_key_is_shown_once_listed_and_revoked(self, tocsin):
        code, token, _ = tocsin("key", "add", "crm", "--scope", "submit", "--scope", "moderate")
        assert code == 0
        assert token.startswith("tcs_")
        listed = tocsin("key", "list")[1]
        assert listed == "crm\tmoderate,submit\tactive\n"
        assert tocsin("key", "revoke", "crm")[0] == 0
        assert tocsin("key", "list")[1].endswith("revoked\n")

    def test_a_name_is_given_once(self, tocsin):
        tocsin("key", "add", "crm", "--scope", "submit")
        code, _, err = tocsin("key", "add", "crm", "--scope", "submit")
        assert code == 2
        assert err == "there is a key named 'crm'\n"

    def test_a_key_that_is_not_there_cannot_be_revoked(self, tocsin):
        assert tocsin("key", "revoke", "crm")[0] == 2


class TestStaff:
    def test_the_password_comes_from_standard_input(self, tocsin, monkeypatch):
        monkeypatch.setattr(sys, "stdin", io.StringIO("correct horse battery staple\n"))
        options = ("--name", "Ada", "--role", "admin", "--password-stdin")
        code, out, _ = tocsin("staff", "add", "ada@example.org", *options)
        assert (code, out) == (0, "ada@example.org may sign in as admin\n")

    def test_a_weak_password_is_refused(self, tocsin, monkeypatch):
        monkeypatch.setattr(sys, "stdin", io.StringIO("short\n"))
        code, _, err = tocsin("staff", "add", "ada@example.org", "--name", "A", "--password-stdin")
        assert code == 2
        assert "password" in err

    def test_accounts_are_listed_given_new_passwords_and_disabled(self, tocsin, monkeypatch):
        lines = io.StringIO("correct horse battery staple\nanother horse, another staple\n")
        monkeypatch.setattr(sys, "stdin", lines)
        tocsin("staff", "add", "ada@example.org", "--name", "Ada", "--password-stdin")
        code, out, _ = tocsin("staff", "password", "ada@example.org", "--password-stdin")
        assert (code, out) == (0, "ada@example.org has a new password\n")
        assert tocsin("staff", "list")[1] == "ada@example.org\tAda\tviewer\tactive\n"
        assert tocsin("staff", "disable", "ada@example.org")[0] == 0
        assert tocsin("staff", "list")[1].endswith("\tdisabled\n")

    def test_nobody_is_disabled_who_is_not_there(self, tocsin):
        code, _, err = tocsin("staff", "disable", "eve@example.org")
        assert code == 2
        assert "eve@example.org" in err


class TestConfig:
    def test_secrets_are_masked(self, tocsin, monkeypatch):
        given = {
            "SECRET_KEY": KEY,
            "SMTP_URL": "smtp://user:hunter2@mail.example.org",
            "DATABASE_URL": "postgresql+psycopg://tocsin:hunter2@db/tocsin?password=hunter2",
            "QUEUE_URL": "redis://:hunter2@queue/0",
            "CHANNEL_EMAIL_CONNECTIONS": "hunter2",
        }
        for name, value in given.items():
            monkeypatch.setenv(f"TOCSIN_{name}", value)
        code, out, _ = tocsin("config")
        assert code == 0
        assert "hunter2" not in out
        assert KEY not in out
        assert f"TOCSIN_DATABASE_URL=postgresql+psycopg://tocsin:{MASK}@db/tocsin" in out
        assert "TOCSIN_POLL_SECONDS=5.0" in out


class TestVersion:
    def test_it_is_told(self, tocsin):
        assert tocsin("--version") == (0, "tocsin 0.1.0\n", "")


class TestCopy:
    def test_a_new_place_gets_what_the_old_one_had(self, tocsin, tmp_path, monkeypatch):
        tocsin("key", "add", "monitoring", "--scope", "submit")
        old = f"sqlite:///{tmp_path / 'data' / 'tocsin.db'}"
        monkeypatch.setenv("TOCSIN_DATABASE_URL", f"sqlite:///{tmp_path / 'new.db'}")
        code, out, _ = tocsin("db", "copy", old)
        assert (code, "1 api_key\n" in out) == (0, True)
        assert tocsin("key", "list")[1] == "monitoring\tsubmit\tactive\n"
        code, _, err = tocsin("db", "copy", old)
        assert (code, err.count("\n")) == (2, 1)

    @pytest.mark.parametrize("source", ["sqlite:////nowhere/tocsin.db", "mysql://x/y", "data"])
    def test_what_is_no_database_is_said_in_one_line(self, tocsin, source):
        code, _, err = tocsin("db", "copy", source)
        assert (code, err.count("\n")) == (2, 1)
        assert err.startswith("SOURCE: ")


class TestBackup:
    def test_goes_from_a_running_database_to_a_fresh_one(self, tocsin, tmp_path, monkeypatch):
        tocsin("key", "add", "monitoring", "--scope", "submit")
        file = str(tmp_path / "tocsin.backup")
        code, out, _ = tocsin("db", "backup", file)
        assert (code, out.startswith(f"{file}: ")) == (0, True)
        code, _, err = tocsin("db", "backup", file)
        assert (code, err.count("\n"), file in err) == (2, 1, True)

        monkeypatch.setenv("TOCSIN_DATABASE_URL", f"sqlite:///{tmp_path / 'new.db'}")
        code, out, _ = tocsin("db", "restore", file)
        assert (code, out.startswith("0 rollouts paused")) == (0, True)
        assert tocsin("key", "list")[1] == "monitoring\tsubmit\tactive\n"
        code, _, err = tocsin("db", "restore", file)
        assert (code, err.count("\n")) == (2, 1)

    def test_what_is_no_backup_is_said_in_one_line(self, tocsin, tmp_path):
        file = tmp_path / "photo.jpg"
        file.write_bytes(b"not a database" * 100)
        code, _, err = tocsin("db", "restore", str(file))
        assert (code, err.count("\n"), "photo.jpg" in err) == (2, 1, True)

    def test_another_restore_is_told_of(self, tocsin):
        code, out, _ = tocsin("db", "restored")
        assert (code, out.startswith("0 rollouts paused")) == (0, True)


class TestDoctor:
    def test_a_fresh_installation_is_well(self, tocsin):
        tocsin("db", "upgrade")
        code, out, _ = tocsin("doctor", "--json")
        found = [json.loads(line) for line in out.splitlines()]
        assert code == 0
        assert {"address", "disk", "database", "queue", "zones", "relay", "channel email"} <= {
            each["part"] for each in found
        }
        assert all(each["level"] == "fine" or each["remedy"] for each in found)

    @pytest.mark.parametrize(
        ("settings", "part", "said"),
        [
            ({"CHANNEL_EMAIL_CONNECTIONS": "none"}, "channel email", "connections: "),
            ({"CHANNEL_EMAIL_DKIM_KEY": "no key"}, "channel email", "private key in PEM"),
            ({"CHANNELS": "email,pigeon"}, "channels", "no channel 'pigeon'"),
            ({"SMTP_URL": "http://127.0.0.1:25"}, "settings", "TOCSIN_SMTP_URL: the scheme"),
            ({"SMTP_URL": "smtp://127.0.0.1:1"}, "sender", "sent by localhost"),
            ({"BIND": "0.0.0.0:8080"}, "settings", "TOCSIN_SECRET_KEY: set"),
            ({"BIND": "0.0.0.0:8080", "SECRET_KEY": KEY}, "settings", "TOCSIN_SMTP_URL: name"),
            ({"OIDC_ISSUER": "https://id.example.org"}, "settings", "TOCSIN_OIDC_CLIENT"),
            ({"REPORTS": "nobody"}, "settings", "no plugin reads the reports of 'nobody'"),
            (
                {"DATABASE_URL": "postgresql+psycopg://127.0.0.1:1/x", "SECRET_KEY": KEY},
                "database",
                "refused",
            ),
            ({"QUEUE_URL": "redis://127.0.0.1:1/0"}, "queue", "refused"),
            ({}, "database", "run `tocsin db upgrade`"),
        ],
    )
    def test_whatever_is_wrong_is_told_with_its_remedy(
        self, tocsin, monkeypatch, tmp_path, settings, part, said
    ):
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "tocsin.db").touch()
        for name, value in settings.items():
            monkeypatch.setenv(f"TOCSIN_{name}", value)
        code, out, _ = tocsin("doctor", "--json")
        faults = [each for each in map(json.loads, out.splitlines()) if each["level"] == "fault"]
        assert code == 1
        assert all(each["remedy"] for each in faults)
        assert any(each["part"] == part and said in each["said"] for each in faults)

    def test_a_look_before_the_first_start_leaves_nothing_behind(self, tocsin, tmp_path):
        _, out, _ = tocsin("doctor", "--json")
        assert "channel email" in {json.loads(line)["part"] for line in out.splitlines()}
        assert not (tmp_path / "data").exists()

    def test_a_look_at_a_database_makes_no_key_for_it(self, tocsin, tmp_path):
        tocsin("db", "upgrade")
        before = sorted((tmp_path / "data").iterdir())
        code, _, _ = tocsin("doctor")
        assert (code, sorted((tmp_path / "data").iterdir())) == (0, before)
        assert tmp_path / "data" / "secret_key" not in before

    def test_a_file_that_is_no_database_is_told(self, tocsin, tmp_path):
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "tocsin.db").write_text("a shopping list")
        code, out, _ = tocsin("doctor")
        assert code == 1
        assert "✗ database: it does not answer: file is not a database\n  → name a file" in out

    def test_rules_of_years_ago_are_told(self):
        now = datetime(2026, 1, 1, tzinfo=UTC)
        (old,) = machine.zone_rules("2024b", now)
        (new,) = machine.zone_rules("2025a", now)
        assert (old.level, new.level) == (Level.WARNING, Level.FINE)
        assert "pytz" in old.remedy
