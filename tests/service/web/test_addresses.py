"""service.web.addresses"""

import pytest
from werkzeug.exceptions import NotFound

from service.app import create_app


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_number_that_no_row_can_have_is_no_address(rt):
    app = create_app(rt)
    places = app.url_map.bind("localhost")
    for path in ("/console/letters/{}/files", "/api/v1/subscribers/{}", "/dev/mailbox/{}"):
        places.match(path.format(2**63 - 1))
        with pytest.raises(NotFound):
            places.match(path.format(2**63))
