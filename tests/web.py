"""The web application under test, and clients of every kind."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer

from service.access import keys
from service.access.models import ApiKey, Role, Staff, StaffSession
from service.app import NOUNS, create_app
from service.keyfile import secret_keys
from service.runtime import Runtime
from service.web import context, limits


@pytest.fixture(autouse=True, scope="session")
def _secret() -> None:
    keys.use(b"k" * 32)


@pytest.fixture
def nouns() -> Sequence[str]:
    """Whose routes `app` has; a package of tests may want fewer."""
    return NOUNS


@pytest.fixture
def app(rt, nouns, apps) -> APIFlask:
    """The application on this test's runtime; a test that adds routes makes one of its own."""
    made: APIFlask = apps(rt, nouns)
    return made


@pytest.fixture(scope="session")
def apps() -> Callable[[Runtime, Sequence[str]], APIFlask]:
    """Return applications by what they are built from.

    Three hundred routes take a fifth of a second: too long to build them anew for each test.
    """
    built: dict[tuple[object, ...], APIFlask] = {}

    def on(rt: Runtime, nouns: Sequence[str]) -> APIFlask:
        secrets = secret_keys(rt.settings)
        look = rt.settings.model_dump_json(exclude={"data_dir", "database_url"})
        key = (tuple(nouns), tuple(secrets), look)
        app = built.get(key)
        if app is None:
            app = built[key] = create_app(rt, nouns)
            app.testing = True
        keys.use(*secrets)
        context.set_runtime(app, rt)
        limits.install(app)
        return app

    return on


@pytest.fixture
def client(app) -> FlaskClient:
    """A browser without cookies."""
    browser: FlaskClient = app.test_client()
    return browser


@pytest.fixture
def program(app, rt) -> Callable[..., FlaskClient]:
    """Return a client that sends an API key with these scopes: `program("submit")`."""

    def with_scopes(*scopes: str) -> FlaskClient:
        client: FlaskClient = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {a_key(rt, *scopes)}"
        return client

    return with_scopes


@pytest.fixture
def staff(app, rt) -> Callable[..., FlaskClient]:
    """Return a browser signed in with a role, whose forms carry a token: `staff("author")`."""

    def with_role(role: str = "admin") -> FlaskClient:
        client: FlaskClient = app.test_client()
        token = a_session(rt, role)
        client.set_cookie("__Host-tocsin_staff", token, secure=True, path="/")
        client.environ_base["HTTP_X_CSRFTOKEN"] = a_form_token(app, client)
        return client

    return with_role


def a_key(rt: Runtime, *scopes: str) -> str:
    """Store an API key with *scopes* and return what to send."""
    token = f"tcs_{keys.new_token()}"
    with rt.work() as uow:
        uow.session.add(
            ApiKey(
                name=f"test {token[-6:]}",
                digest=keys.digest(token),
                scopes=list(scopes),
                created_at=uow.now,
            )
        )
    return token


def a_session(rt: Runtime, role: str = "admin") -> str:
    """Store somebody with *role* who is signed in, and return their cookie."""
    token = keys.new_token()
    with rt.work() as uow:
        person = Staff(
            email=f"{token[:8].lower()}@example.org",
            name=role.title(),
            password_hash="!",
            role=Role(role),
            created_at=uow.now,
        )
        uow.session.add(person)
        uow.session.flush()
        uow.session.add(
            StaffSession(
                digest=keys.digest(token),
                staff_id=person.id,
                created_at=uow.now,
                expires_at=uow.now + timedelta(days=30),
                address="192.0.2.1",
                agent="test",
            )
        )
    return token


def a_form_token(app: APIFlask, client: FlaskClient) -> str:
    """Return the CSRF token of *client*'s forms."""
    with client.session_transaction() as session:
        secret = session.setdefault("csrf_token", "0" * 40)
    signer = URLSafeTimedSerializer(app.secret_key, salt="wtf-csrf-token")  # type: ignore[arg-type]
    return str(signer.dumps(secret))
