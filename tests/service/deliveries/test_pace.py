"""service.deliveries.pace"""

from service.deliveries.pace import next_size


class TestNextSize:
    def test_a_batch_that_lasts_too_long_is_halved_down_to_one(self):
        sizes = [50]
        while sizes[-1] > 1:
            sizes.append(next_size(sizes[-1], seconds=1.1, most=50))
        assert sizes == [50, 25, 12, 6, 3, 1]
        assert next_size(1, seconds=30, most=50) == 1

    def test_a_fast_one_grows_again_up_to_the_usual_size(self):
        assert next_size(1, seconds=0.2, most=50) == 2
        assert next_size(40, seconds=1.0, most=50) == 50
        assert next_size(50, seconds=0.001, most=50) == 50
