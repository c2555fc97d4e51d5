"""Single sign-on by OpenID Connect: what is said to a provider, and whom it vouches for.

Authorization code with PKCE (RFC 7636), state and nonce. Needs the extra `oidc`.
"""

import json
import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from urllib.parse import quote_plus, urlencode, urlsplit, urlunsplit

from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from channels.exchange import Failure, Reply
from channels.outbound import Door
from service.access.keys import new_token
from service.access.vouching import NotSignedIn, OidcConfig, Vouched

#: Never `none`, and no shared secret that whoever knows the client could sign with.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
SECONDS = 10.0  # that a provider has for one answer
LARGEST = 512 * 1024  # bytes of its documents
LEEWAY = 60  # seconds that two clocks may differ
OK = 200


@dataclass(frozen=True, slots=True)
class Errand:
    """What a browser keeps while its owner is at the provider's."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> Self:
        """Three secrets that nobody can guess."""
        return cls(new_token(), new_token(), secrets.token_urlsafe(48))


@dataclass(frozen=True, slots=True)
class Provider:
    """The provider as this service talks to it; *back* is where it sends people."""

    config: OidcConfig
    door: Door
    back: str

    def begin(self, errand: Errand) -> str:
        """Return where to send somebody who wants in; raises `NotSignedIn`."""
        asked = {
            "response_type": "code",
            "client_id": self.config.client,
            "redirect_uri": self.back,
            "scope": self.config.scopes,
            "state": errand.state,
            "nonce": errand.nonce,
            "code_challenge": create_s256_code_challenge(errand.verifier),
            "code_challenge_method": "S256",
        }
        parts = urlsplit(_text(self._metadata(), "authorization_endpoint"))
        query = "&".join(filter(None, (parts.query, urlencode(asked))))
        return urlunsplit(parts._replace(query=query, fragment=""))

    def finish(self, errand: Errand, code: str, now: datetime) -> Vouched:
        """Return whom *code* stands for; raises `NotSignedIn`."""
        metadata = self._metadata()
        token = self._token(metadata, errand, code)
        claims = self._claims(metadata, _text(token, "id_token"), errand.nonce, now)
        email = claims.get("email")
        if not isinstance(email, str) or claims.get("email_verified") is not True:
            raise NotSignedIn("the provider did not verify an address of theirs")
        subject = f"{self.config.issuer} {claims['sub']}"
        return Vouched(subject, email, str(claims.get("name") or email), claims)

    def _metadata(self) -> Mapping[str, Any]:
        found = self._document(get_well_known_url(self.config.issuer, external=True))
        if found.get("issuer") != self.config.issuer:  # OpenID Connect Discovery §4.3
            raise NotSignedIn("the provider goes by another name than TOCSIN_OIDC_ISSUER")
        return found

    def _token(self, metadata: Mapping[str, Any], errand: Errand, code: str) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.back,
            "code_verifier": errand.verifier,
            "client_id": self.config.client,
        }
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        secret = self.config.secret.get_secret_value()
        ways = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if secret and "client_secret_basic" in ways:
            headers["Authorization"] = _basic(self.config.client, secret)
        elif secret:
            form["client_secret"] = secret
        url = _text(metadata, "token_endpoint")
        try:
            return _object(self.door.post(url, urlencode(form).encode(), headers, SECONDS))
        except Failure as failure:
            raise NotSignedIn(f"the token: {failure.detail}") from failure

    def _claims(
        self, metadata: Mapping[str, Any], token: str, nonce: str, now: datetime
    ) -> Mapping[str, Any]:
        try:
            known = self._document(_text(metadata, "jwks_uri"))
            keys = KeySet.import_key_set({"keys": known["keys"]})
            read = jwt.decode(token, keys, algorithms=list(ALGORITHMS))
            claims = CodeIDToken(
                read.claims,
                read.header,
                {
                    "iss": {"essential": True, "value": self.config.issuer},
                    "aud": {"essential": True, "value": self.config.client},
                },
                {"nonce": nonce, "client_id": self.config.client},
            )
            claims.validate(int(now.timestamp()), LEEWAY)
        except (JoseError, AuthlibBaseError, ValueError, KeyError, TypeError) as error:
            raise NotSignedIn(f"the token: {type(error).__name__} {error}") from error
        return dict(claims)

    def _document(self, url: str) -> Mapping[str, Any]:
        try:
            return _object(self.door.get(url, SECONDS, LARGEST))
        except Failure as failure:
            raise NotSignedIn(f"{url}: {failure.detail}") from failure


def _object(reply: Reply) -> Mapping[str, Any]:
    try:
        found = json.loads(reply.body) if reply.status == OK else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise NotSignedIn(f"the provider answered {reply.status} without a document")
    return found


def _text(document: Mapping[str, Any], name: str) -> str:
    found = document.get(name)
    if not isinstance(found, str) or not found:
        raise NotSignedIn(f"the provider says no {name}")
    return found


def _basic(client: str, secret: str) -> str:
    # RFC 6749 §2.3.1: both are encoded as in a form first.
    pair = f"{quote_plus(client)}:{quote_plus(secret)}"
    return f"Basic {b64encode(pair.encode()).decode()}"
