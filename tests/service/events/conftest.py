"""The page that every event here is about."""

import pytest

from tests.factories import (
    a_component,
    a_list,
    a_page,
    a_section,
)


@pytest.fixture
def page(rt):
    """Page `mail` with components `webmail` and `imap`, and page `shop` with `till`."""
    with rt.work() as uow:
        core = a_section(uow, a_page(uow))
        a_component(uow, core)
        a_component(uow, core, "imap")
        a_component(uow, a_section(uow, a_page(uow, "shop")), "till")
        a_list(uow)
