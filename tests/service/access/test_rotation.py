"""A secret key is replaced: what the old one made stays good, what it never made does not."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from service.access import keys, links
from service.access.actions import add_staff
from service.access.envelopes import Door, opened, sealed
from service.access.models import Purpose, Staff
from service.access.sealing import SEALED, BrokenSeal, seal, unseal
from service.access.sealing import opened as address_opened
from service.app import create_app
from service.config import read_settings
from service.errors import NotFound
from service.keyfile import secret_keys
from service.signup.actions.resealing import Renewal, renew
from service.subscribers.hashing import address_hash
from service.subscribers.models import Address
from tests.factories import a_subscriber, an_address

OLD, NEW = b"k" * 32, b"n" * 32


@pytest.fixture(autouse=True)
def _restored():
    yield
    keys.use(OLD)


class TestAChangedKey:
    def test_takes_links_envelopes_and_seals_that_the_old_one_made(self):
        link = links.stateless(Purpose.UNSUBSCRIBE, "subscription:7")
        bounce, secret = sealed(Door.BOUNCE, 12, 3), seal("whsec_old")
        keys.use(NEW, OLD)
        assert links.read_stateless(Purpose.UNSUBSCRIBE, link) == "subscription:7"
        assert opened(bounce) == (Door.BOUNCE, (12, 3))
        assert unseal(secret) == "whsec_old"

    def test_makes_new_ones_with_the_new_key_alone(self):
        keys.use(NEW, OLD)
        link = links.stateless(Purpose.UNSUBSCRIBE, "subscription:7")
        bounce, secret = sealed(Door.BOUNCE, 12, 3), seal("whsec_new")
        keys.use(NEW)
        assert links.read_stateless(Purpose.UNSUBSCRIBE, link) == "subscription:7"
        assert opened(bounce) == (Door.BOUNCE, (12, 3))
        assert unseal(secret) == "whsec_new"

    def test_ends_what_a_key_made_that_is_listed_no_longer(self):
        link = links.stateless(Purpose.UNSUBSCRIBE, "subscription:7")
        bounce, secret = sealed(Door.BOUNCE, 12, 3), seal("whsec_old")
        keys.use(NEW)
        with pytest.raises(NotFound):
            links.read_stateless(Purpose.UNSUBSCRIBE, link)
        with pytest.raises(NotFound):
            opened(bounce)
        with pytest.raises(BrokenSeal):
            unseal(secret)

    def test_recognises_an_address_that_was_erased_under_the_old_one(self):
        known = address_hash("email", "ada@example.org")
        keys.use(NEW, OLD)
        assert address_hash("email", "ada@example.org") == known


class TestTwoRoundsOfRestarts:
    """While some processes are of one step and some of the next, each reads what the other made."""

    STEPS = ((OLD,), (OLD, NEW, OLD), (NEW, OLD))

    @pytest.mark.parametrize("step", [0, 1])
    @pytest.mark.parametrize("turn", [1, -1])
    def test_processes_of_neighbouring_steps_understand_each_other(self, step, turn):
        maker, reader = self.STEPS[step : step + 2][::turn]
        keys.use(*maker)
        link = links.stateless(Purpose.UNSUBSCRIBE, "subscription:7")
        bounce, secret = sealed(Door.BOUNCE, 12, 3), seal("whsec")
        known = address_hash("email", "ada@example.org")
        keys.use(*reader)
        assert links.read_stateless(Purpose.UNSUBSCRIBE, link) == "subscription:7"
        assert opened(bounce) == (Door.BOUNCE, (12, 3))
        assert unseal(secret) == "whsec"
        assert address_hash("email", "ada@example.org") == known


class TestAnIssuedLink:
    def test_is_sent_again_as_it_was_while_its_key_is_listed(self, rt):
        with rt.work() as uow:
            issued = links.issue(uow, Purpose.SIGNUP, "subscription:7", timedelta(days=7))

        def current():
            with rt.read() as session:
                return links.current(session, Purpose.SIGNUP, "subscription:7", rt.clock())

        keys.use(NEW, OLD)
        assert current() == issued
        keys.use(NEW)
        assert current() is None


class TestAFormThatWasOpen:
    @pytest.mark.parametrize(("key", "others"), [("k", "nk"), ("n", "k")])
    def test_may_still_be_sent(self, app, rt, staff, key, others):
        browser = staff("admin")
        earlier = ",".join(each * 32 for each in others)
        both = {"secret_key": SecretStr(key * 32), "secret_key_previous": SecretStr(earlier)}
        restarted = create_app(replace(rt, settings=rt.settings.model_copy(update=both)))
        after = restarted.test_client()
        after.environ_base = browser.environ_base
        for name in (app.config["SESSION_COOKIE_NAME"], "__Host-tocsin_staff"):
            after.set_cookie(name, browser.get_cookie(name).value, secure=True, path="/")
        assert after.post("/console/logout").status_code == 303


class TestRenewal:
    def test_leaves_nothing_that_needs_the_old_key(self, rt):
        with rt.work() as uow:
            chat = an_address(uow, a_subscriber(uow), "c@example.org", secrets=seal("whsec_1"))
            chat.value = f"{SEALED}{seal('https://hooks.example/x')}"
            an_address(uow, a_subscriber(uow), "m@example.org", secrets="broken")
            person = add_staff(uow, "mo@example.org", "Mo", "admin", "a long sentence")
            person.totp_secret = seal("JBSWY3DPEHPK3PXP")
            ids = chat.id, person.id
        keys.use(NEW, OLD)
        assert renew(rt) == Renewal(renewed=3, lost=1)
        assert renew(rt) == Renewal(current=3, lost=1)
        keys.use(NEW)
        with rt.read() as session:
            chat, person = session.get_one(Address, ids[0]), session.get_one(Staff, ids[1])
            assert unseal(chat.secrets) == "whsec_1"
            assert address_opened(chat.value) == "https://hooks.example/x"
            assert unseal(person.totp_secret) == "JBSWY3DPEHPK3PXP"


class TestTheSetting:
    def test_names_the_earlier_keys_newest_first(self, tmp_path):
        settings = read_settings(
            {
                "TOCSIN_DATA_DIR": str(tmp_path),
                "TOCSIN_SECRET_KEY": "c" * 32,
                "TOCSIN_SECRET_KEY_PREVIOUS": f"{'b' * 32}, {'a' * 32}",
            }
        )
        assert secret_keys(settings) == (b"c" * 32, b"b" * 32, b"a" * 32)
