"""service.rollouts.drawing"""

from datetime import UTC, datetime, timedelta

from service.rollouts.drawing import LEFT, MOST_ROWS, WIDTH, Wave, curve, world

NINE = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def a_wave(zone="Europe/Paris", after=0, people=10, lasts=5):
    due = NINE + after * HOUR
    return Wave((zone,), due, due + lasts * HOUR, people, "busy", 1)


class TestWorld:
    def test_the_earliest_clocks_are_on_top(self):
        drawn = world([a_wave("America/New_York"), a_wave("Asia/Tokyo"), a_wave()], "UTC")
        assert drawn
        assert [row.zone for row in drawn.rows] == [
            "Asia/Tokyo",
            "Europe/Paris",
            "America/New_York",
        ]
        assert drawn.height > drawn.rows[-1].y

    def test_hours_are_those_of_the_page(self):
        drawn = world([a_wave()], "Europe/Paris")
        assert drawn
        assert drawn.start == NINE - HOUR / 2
        assert drawn.hours[0].label == "10:00"

    def test_more_people_are_a_larger_dot(self):
        drawn = world([a_wave(people=10), a_wave("Asia/Tokyo", people=1000)], "UTC")
        assert drawn
        large, small = (row.dots[0] for row in drawn.rows)
        assert large.radius > small.radius

    def test_nothing_is_drawn_beyond_the_edge(self):
        drawn = world([a_wave(), a_wave("Asia/Tokyo", after=25, lasts=9)], "UTC", NINE)
        assert drawn
        for row in drawn.rows:
            assert all(bar.x >= LEFT and bar.x + bar.width <= WIDTH for bar in row.bars)
        assert drawn.now is not None

    def test_what_has_no_room_is_counted(self):
        zones = [f"Etc/GMT+{n}" for n in range(13)] + [f"Etc/GMT-{n}" for n in range(1, 8)]
        drawn = world([*map(a_wave, zones), a_wave(after=30)], "UTC")
        assert drawn
        assert (len(drawn.rows), drawn.hidden, drawn.later) == (MOST_ROWS, 4, 1)

    def test_nothing_is_no_picture(self):
        assert world([], "UTC") is None


class TestCurve:
    def test_it_grows_from_nobody_to_everybody(self):
        drawn = curve(
            [(NINE, 0), (NINE + HOUR, 50), (NINE + 2 * HOUR, 100)],
            [(1, NINE, NINE + HOUR), (2, NINE + HOUR, None)],
            100,
            NINE + HOUR,
        )
        assert drawn
        heights = [float(point.partition(",")[2]) for point in drawn.points.split()]
        assert heights == sorted(heights, reverse=True)
        assert [band.no for band in drawn.bands] == [1, 2]
        assert drawn.bands[0].x + drawn.bands[0].width == drawn.bands[1].x == drawn.now
        assert [level.label for level in drawn.levels] == ["0%", "50%", "95%", "100%"]

    def test_nobody_is_no_picture(self):
        assert curve([], [], 0) is None
