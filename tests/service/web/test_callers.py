"""service.web.callers, and that every route there is says who may call it."""

import pytest

from service.access.idempotency import MARK
from service.access.models import Role
from service.app import create_app
from service.web.callers import ROLES, CallerKind, check, includes, mark_of, staff
from service.web.shell import masked

SIGNING_IN = (
    "/console/login",
    "/console/login/code",
    "/console/login/oidc",
    "/console/login/oidc/back",
)


class TestCheck:
    def test_a_view_that_says_nothing_keeps_the_service_from_starting(self, app):
        app.add_url_rule("/silent", "silent", lambda: "")
        with pytest.raises(RuntimeError, match="silent"):
            check(app)


class TestRoles:
    def test_each_includes_the_ones_below(self):
        assert includes("admin", "viewer")
        assert includes("author", "author")
        assert not includes("author", "moderator")
        assert not includes("", "viewer")

    def test_are_those_people_have(self):
        assert list(ROLES) == [Role.VIEWER, Role.AUTHOR, Role.MODERATOR, Role.ADMIN]

    def test_a_role_that_does_not_exist_is_a_mistake(self):
        with pytest.raises(ValueError, match="boss"):
            staff("boss")


class TestEveryRoute:
    @pytest.fixture
    def whole(self, rt):
        return create_app(rt)

    def test_says_who_may_call_it(self, whole):
        check(whole)

    def test_of_the_console_is_for_staff(self, whole):
        for rule in whole.url_map.iter_rules():
            if rule.rule.startswith("/console"):
                mark = mark_of(whole.view_functions[rule.endpoint])
                assert mark, rule
                assert mark.kind is CallerKind.STAFF or rule.rule in SIGNING_IN, rule

    def test_that_posts_to_the_api_acts_once(self, whole):
        for rule in whole.url_map.iter_rules():
            view = whole.view_functions[rule.endpoint]
            mark = mark_of(view)
            if "POST" in (rule.methods or ()) and mark and mark.kind is CallerKind.API_KEY:
                assert hasattr(view, MARK), rule

    def test_with_a_link_has_its_token_masked_in_logs(self, whole):
        for rule in whole.url_map.iter_rules():
            mark = mark_of(whole.view_functions[rule.endpoint])
            if mark and mark.kind is CallerKind.LINK:
                path = rule.rule.replace("<", "").replace(">", "")
                assert masked(path) != path, rule
