"""service.gears: the clock of a demo, for every process that is given its folder."""

from datetime import UTC, datetime, timedelta

import pytest

from service.assembly import at_hand
from service.cli import main
from service.db import migrate
from service.db.engine import open_database
from service.gears import Gears, clock_of
from service.launches.actions import apply
from service.launches.models import LaunchTrouble
from service.launches.plan import LaunchPlan
from service.launches.queries import untold
from service.rollouts.asking import LASTS
from service.runtime import utc_now

FAR = datetime(2031, 3, 1, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class TestGears:
    def test_changing_gear_never_makes_it_jump(self, tmp_path):
        clock = Gears.begin(tmp_path, FAR)
        assert FAR <= clock() < FAR + 5 * SECOND
        clock.shift(1_000_000)
        assert clock() - FAR < timedelta(days=60)
        clock.shift(1)
        stopped = clock()
        assert stopped <= clock() < stopped + 5 * SECOND

    def test_a_folder_without_one_lives_by_the_real_clock(self, tmp_path):
        assert clock_of(tmp_path) is utc_now
        clock = Gears.begin(tmp_path, FAR)
        assert clock_of(tmp_path)() >= FAR
        clock.end()
        assert clock_of(tmp_path) is utc_now


class TestCommands:
    @pytest.fixture
    def demo(self, settings, monkeypatch, tmp_path):
        """The folder of a demo whose clock is years ahead, with a launch called `shop`."""
        found = settings.model_copy(
            update={"data_dir": tmp_path, "database_url": f"sqlite:///{tmp_path / 'tocsin.db'}"}
        )
        monkeypatch.setenv("TOCSIN_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("TOCSIN_SECRET_KEY", "k" * 32)
        monkeypatch.delenv("TOCSIN_DATABASE_URL", raising=False)
        database = open_database(found.database_url)
        migrate.upgrade(database.engine)
        database.close()
        Gears.begin(tmp_path, FAR)
        with at_hand(found) as rt, rt.work("demo") as uow:
            apply(uow, LaunchPlan(slug="shop", title="The new shop"))
        return found

    def test_on_its_folder_act_at_its_hour(self, demo, capsys):
        with pytest.raises(SystemExit) as end:
            main(["launch", "trouble", "shop", "--comment", "The disks are full."])
        assert end.value.code == 0, capsys.readouterr().err
        with at_hand(demo) as rt, rt.read() as session:
            (trouble,) = session.query(LaunchTrouble)
            assert trouble.at >= FAR
            assert untold(session, rt.clock() - LASTS) == [trouble.id]
