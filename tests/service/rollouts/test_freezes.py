"""The calendar of freezes in the console."""

from service.web.i18n import COOKIE

PLACE = "/console/rollouts/freezes"
YEARS_END = {
    "name": "Year's end",
    "starts_at": "2026-12-24T12:00",
    "ends_at": "2027-01-04T08:00",
    "zone": "Europe/Paris",
}


def entered(browser, **given):
    return browser.post(PLACE, data={**YEARS_END, **given})


def test_a_period_is_entered_on_a_clock_of_ones_own_and_lifted_once(staff):
    moderator = staff("moderator")
    assert entered(moderator).status_code == 303
    page = moderator.get(f"{PLACE}?lang=en").text
    assert "Year&#39;s end" in page
    assert "24 Dec 2026, 11:00" in page  # this service has no page: its clock is UTC
    lift = page.partition('action="/console/rollouts/freezes/')[2].partition('"')[0]
    assert moderator.post(f"{PLACE}/{lift}").status_code == 303
    assert (
        "Year&#39;s end"
        not in moderator.get(PLACE).text.partition("<main")[2].partition("</ul>")[2]
    )
    assert moderator.post(f"{PLACE}/{lift}").status_code == 303
    assert "lifted already" in moderator.get(f"{PLACE}?lang=en").text


def test_what_cannot_be_is_told_beside_its_field(staff):
    moderator = staff("moderator")
    for language, given, told in (
        ("en", {"name": ""}, "Write something here."),
        ("fr", {"ends_at": "2026-12-24T12:00"}, "Choisissez une fin après le début."),
        ("en", {"starts_at": "2026-01-01T08:00", "ends_at": "2026-01-02T08:00"}, "over already"),
        ("fr", {"starts_at": "Noël"}, "Indiquez une date et une heure."),
        ("en", {"zone": "Europe/Nowhere"}, "Use the name of a time zone"),
    ):
        moderator.set_cookie(COOKIE, language)
        answer = entered(moderator, **given)
        assert answer.status_code == 422
        assert told in answer.text
        assert 'aria-invalid="true"' in answer.text
        assert 'value="2' in answer.text  # what was right need not be written again


def test_one_that_holds_is_seen_where_rollouts_are(staff):
    moderator = staff("moderator")
    entered(moderator, starts_at="2026-11-01T00:00")
    assert "holds what can wait" in moderator.get("/console/rollouts?lang=en").text
    assert "holds now" in moderator.get(f"{PLACE}?lang=en").text


def test_only_moderators_keep_it(staff):
    viewer = staff("viewer")
    assert "<form" not in viewer.get(PLACE).text.partition("<main")[2]
    assert entered(viewer).status_code == 403
