"""Rates: over all processes together, whoever is nearest to the table of limits."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scheduling.rates import HOUR, MINUTE, Rate
from service.deliveries.models import LimitScope
from service.deliveries.purse import Purse
from service.deliveries.queries import limits
from service.deliveries.queries.limits import EVERYTHING, Metered
from service.publications.models import Purpose, Urgency
from service.rollouts import actions
from service.subscribers.audience import Audience
from tests.service.deliveries.conftest import HOLD

PLACE = (LimitScope.GLOBAL, EVERYTHING)
SPENDER = """
import sys, time
from scheduling.rates import MINUTE, Rate
from service.db.engine import open_database
from service.db.unit_of_work import begin
from service.deliveries.queries.limits import Metered, lease
from service.runtime import utc_now
from tests.fakes import Queue

url, seconds = sys.argv[1], float(sys.argv[2])
database = open_database(url)
metered = Metered("global", "all", Rate(600, MINUTE))
deadline = time.monotonic() + seconds
while time.monotonic() < deadline:
    with begin(database, Queue(), utc_now, "worker") as uow:
        tokens, wait = lease(uow.session, metered, 50)
    if tokens:
        print(time.time(), tokens, flush=True)
    time.sleep(min(wait, 0.02))
database.close()
"""


def rate(lab, scope, key, per_minute):
    with lab.engine.rt.work() as uow:
        limits.set_rate(uow.session, scope, key, Rate(per_minute, MINUTE))


def tokens_come(lab):
    lab.sql('UPDATE "limit" SET free_at = 0, hold_until = 0')
    lab.engine.restart()


class TestLease:
    def test_several_processes_never_spend_more_than_the_limit(self, rt, settings):
        """I21."""
        seconds = 4.0
        processes = [
            subprocess.Popen(  # noqa: S603
                [sys.executable, "-c", SPENDER, settings.database_url, str(seconds)],
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": str(Path.cwd())},
            )
            for _ in range(3)
        ]
        lines = [line for each in processes for line in each.communicate()[0].splitlines()]
        assert all(each.returncode == 0 for each in processes)
        leased = sorted((float(at), int(tokens)) for at, tokens in map(str.split, lines))
        allowed = Rate(600, MINUTE)
        elapsed = leased[-1][0] - leased[0][0]
        # The clock that is read here is not quite the database's: a tenth of a second's grace.
        most = (elapsed + 0.1) / allowed.pause + allowed.lot
        assert 0 < sum(tokens for _, tokens in leased) <= most

    def test_threads_of_one_process_share_what_it_leased(self, rt):
        purse, metered = Purse(), Metered(*PLACE, Rate(60 * 50, MINUTE))
        with ThreadPoolExecutor(4) as pool:
            taken = list(pool.map(lambda _: purse.take(rt, [metered], 7).tokens, range(12)))
        assert sum(taken) == 50
        assert taken.count(0) >= 4

    def test_none_of_any_if_one_has_none(self, rt):
        purse = Purse()
        fast, slow = Metered(*PLACE, Rate(6_000, MINUTE)), Metered("sender", "a@b", Rate(1, HOUR))
        assert purse.take(rt, [slow, fast], 20).tokens == 1
        taken = purse.take(rt, [slow, fast], 20)
        assert (taken.tokens, taken.lacking) == (0, slow)
        assert 3_500 < taken.wait <= 3_601

    def test_rates_come_the_slowest_first(self, lab):
        rate(lab, *PLACE, 600)
        with lab.engine.rt.work() as uow:
            limits.warm_up(uow.session, "status@example.org", None)
        with lab.engine.rt.read() as session:
            found = limits.rates(session, [PLACE, (LimitScope.SENDER, "status@example.org")])
        assert [(each.scope, each.rate.most) for each in found] == [("sender", 20), ("global", 600)]


class TestBulk:
    def test_leaves_no_faster_than_the_whole_service_may(self, lab):
        rate(lab, *PLACE, 60)
        name = lab.approve(per_zone=120)
        # Nobody waits for the next second's token.
        lab.postman.watch = lambda _: lab.engine.rt.stopping.set()
        lab.drain()
        assert len(lab.told()) == 1
        lab.engine.rt.stopping.clear()
        assert lab.recount(name)["accepted"] == 1

    def test_of_a_new_sender_waits_for_its_hour_and_hides_nobody(self, lab):
        with lab.engine.rt.work() as uow:
            limits.warm_up(uow.session, "status@example.org", None)
        name = lab.approve(per_zone=120)
        lab.drain()
        assert lab.recount(name) == {"accepted": 1, "planned": 119}
        lab.drain()  # at rest: nobody even claims it
        assert len(lab.told()) == 1
        tokens_come(lab)
        lab.drain()
        assert lab.recount(name) == {"accepted": 2, "planned": 118}

    def test_of_one_rollout_keeps_to_its_own_plan(self, lab):
        slow = HOLD.model_copy(update={"per_minute": 1})
        audience = lab.engine.audience("UTC", per_zone=10)
        first = lab.plan(lab.engine.approve(audience, slow))
        second = lab.plan(lab.engine.approve(audience, HOLD, subject="event:y"))
        lab.drain()
        assert lab.recount(first) == {"accepted": 1, "planned": 9}
        assert lab.recount(second) == {"accepted": 10}

    def test_rollouts_of_equal_urgency_take_turns(self, lab):
        audience = lab.engine.audience("UTC", per_zone=1_100)
        names = [
            lab.plan(lab.engine.approve(audience, HOLD, subject=f"event:{each}"))
            for each in range(2)
        ]
        lab.drain()
        numbers = [each.id.rpartition("-")[0] for each in lab.postman.delivered]
        order = list(dict.fromkeys(zip(numbers, [i // 500 for i in range(2_200)], strict=True)))
        assert len({publication for publication, _ in order[:2]}) == 2
        assert [lab.recount(name) for name in names] == [{"accepted": 1_100}] * 2


class TestSingles:
    def test_for_somebody_who_waits_keep_to_no_rate(self, lab):
        rate(lab, *PLACE, 1)
        lab.engine.audience("UTC", per_zone=3)
        for address in (1, 2, 3):
            with lab.engine.rt.work() as uow:
                draft = lab.engine.draft(
                    Audience(addresses=(address,)),
                    purpose=Purpose.STAFF,
                    urgency=Urgency.CRITICAL,
                    subject=f"staff:{address}",
                )
                actions.send_single(uow, draft, address)
        lab.dispatch()
        assert len(lab.told()) == 3
