"""The e-mail channel: checks addresses, compiles messages, makes one attempt through the relay."""

import time
from collections.abc import Iterator, Sequence
from typing import ClassVar

from pydantic import BaseModel

from channels.base import (
    Address,
    Host,
    Message,
    Outcome,
    Parcel,
    PushChannel,
    Reason,
    Result,
    Scope,
    Traits,
)
from channels.email.address import parse_address
from channels.email.config import EmailConfig
from channels.email.providers import BIG_LANES
from channels.email.proving import holds
from channels.email.relay import parse_relay
from channels.email.rendition import Letter, Rendition, Unspliceable, compile_message, splice
from channels.email.transaction import Batch, Transaction
from channels.email.transport import Transport

CHUNK = 50  # parcels spliced while the ones before are on their way


class EmailChannel(PushChannel):
    """Sends mail through one relay."""

    Config: ClassVar[type[BaseModel]] = EmailConfig
    traits = Traits(bulk=True, repeatable=False, batch=50, per_lane=100, big_lanes=BIG_LANES)

    def __init__(self, config: EmailConfig, host: Host) -> None:
        self._mail_host, self._local = config.mail_host, host.local
        relay = parse_relay(config.smtp_url.get_secret_value())
        self._signer = config.signer()
        self._transport = Transport(relay, config.mail_host, config.connections)

    def parse_address(self, raw: str) -> Address:
        return parse_address(raw)

    def render(self, message: Message, locale: str, zone: str) -> Rendition:
        return compile_message(message, locale, zone, self._mail_host, self._local)

    def send(self, parcels: Sequence[Parcel], deadline: float) -> Iterator[Outcome]:
        if not parcels or deadline <= time.monotonic():
            yield from (_not_begun(parcel) for parcel in parcels)
            return
        batch = self._transport.batch(deadline)
        try:
            misfits = self._submit(batch, parcels)
            yield from misfits
            yield from batch.outcomes(len(parcels) - len(misfits))
        finally:
            self._transport.abandon(batch)

    def close(self) -> None:
        self._transport.close()

    def _submit(self, batch: Batch, parcels: Sequence[Parcel]) -> list[Outcome]:
        misfits: list[Outcome] = []
        for start in range(0, len(parcels), CHUNK):
            transactions = []
            for parcel in parcels[start : start + CHUNK]:
                try:
                    transactions.append(self._transaction(batch, parcel))
                except Unspliceable as error:
                    misfits.append(_misfit(parcel, error))
            batch.complete = start + CHUNK >= len(parcels)
            self._transport.submit(batch, transactions)
        return misfits

    def proof(self, parcel: Parcel) -> tuple[bytes, bool | None]:
        """Return the mail of *parcel* as it leaves, and whether its signature holds (None: none).

        Raises `Unspliceable`.
        """
        _, message = self._letter(parcel)
        return message, holds(message, self._signer.key) if self._signer else None

    def _transaction(self, batch: Batch, parcel: Parcel) -> Transaction:
        letter, message = self._letter(parcel)
        return Transaction(batch, parcel, letter.sender, letter.recipient, message)

    def _letter(self, parcel: Parcel) -> tuple[Letter, bytes]:
        if not isinstance(parcel.rendition, Rendition):
            raise Unspliceable("the rendition is not one of this channel")
        letter = splice(parcel.rendition, parcel)
        signature = self._signer.sign(letter.head, letter.body) if self._signer else b""
        return letter, letter.message(signature)


def _not_begun(parcel: Parcel) -> Outcome:
    return Outcome(parcel, Result.NOT_TRIED, Scope.ADDRESS, Reason.TIMEOUT, detail="too late")


def _misfit(parcel: Parcel, error: Unspliceable) -> Outcome:
    return Outcome(parcel, Result.PERMANENT, Scope.ADDRESS, Reason.RENDER, detail=str(error))
