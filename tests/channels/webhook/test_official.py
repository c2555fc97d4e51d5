"""Real deliveries, verified by the official libraries of two languages, and as our page says."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from flask import Flask, request

from channels.webhook import WebhookChannel
from tests.channels.endpoints import Endpoint
from tests.channels.webhook.parcels import NEWER, SECRET, sent
from tests.readers import FOLDER

PAGE = Path(__file__).parents[3] / "docs/webhooks.md"


@pytest.mark.npm
class TestNpm:
    @pytest.mark.parametrize("secret", [SECRET, NEWER])
    def test_verifies_a_delivery_signed_with_both(
        self, channel: WebhookChannel, endpoint: Endpoint, npm, secret: str
    ):
        sent(channel, endpoint, "ok", secrets=(NEWER, SECRET))
        (got,) = endpoint.received
        given = {"secret": secret, "headers": got.headers, "body": got.body.decode()}
        assert npm("webhook.mjs", json.dumps(given).encode()) == {"type": "incident.created"}

    def test_refuses_a_changed_one(self, channel: WebhookChannel, endpoint: Endpoint, npm):
        sent(channel, endpoint, "ok")
        (got,) = endpoint.received
        given = {"secret": SECRET, "headers": got.headers, "body": got.body.decode() + " "}
        assert "error" in npm("webhook.mjs", json.dumps(given).encode())


def told(language: str) -> str:
    """What our page tells readers of *language* to run, with a secret."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return str(found).replace("whsec_…", SECRET)


class TestWhatThePageTells:
    @pytest.fixture
    def got(self, channel: WebhookChannel, endpoint: Endpoint):
        sent(channel, endpoint, "ok")
        (received,) = endpoint.received
        return received

    def test_in_python(self, got):
        names: dict[str, object] = {"request": request}
        with Flask("reader").test_request_context(data=got.body, headers=got.headers):
            exec(told("python"), names)  # noqa: S102
        assert names["event"] == json.loads(got.body)

    @pytest.mark.npm
    def test_in_javascript(self, got):
        given = f"const body = {json.dumps(got.body.decode())};"
        given += f"const request = {{headers: {json.dumps(dict(got.headers))}}};"
        script = f"{given}\n{told('js')}\nconsole.log(JSON.stringify(event));"
        done = subprocess.run(  # noqa: S603
            ["node", "--input-type=module", "-e", script],  # noqa: S607
            cwd=FOLDER,
            capture_output=True,
            check=True,
        )
        assert json.loads(done.stdout) == json.loads(got.body)

    def test_by_hand(self, got, tmp_path):
        (tmp_path / "body").write_bytes(got.body)
        headers = {name.lower(): value for name, value in got.headers.items()}
        names = {"ID": headers["webhook-id"], "TIME": headers["webhook-timestamp"]}
        done = subprocess.run(  # noqa: S603
            ["/bin/sh", "-c", told("sh")],
            cwd=tmp_path,
            env={**os.environ, "SECRET": SECRET, **names},
            capture_output=True,
            text=True,
            check=True,
        )
        assert f"v1,{done.stdout.strip()}" == headers["webhook-signature"]
