"""One SMTP conversation: aiosmtpd's, with letters read in large pieces."""

from aiosmtpd.smtp import SMTP

LARGEST = 10 * 1024 * 1024  # bytes of one letter
LINE = b"\r\n"
END = b".\r\n"  # begins a line wherever it ends a letter: every piece read ends one


class Conversation(SMTP):
    """Reads a letter from full stop to full stop: line by line took twice the time."""

    line_length_limit = LARGEST  # also how much the reader may hold

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        if await self.check_helo_needed():
            return
        if self.envelope is None or not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 who is it for? RCPT first")
            return
        await self.push("354 end it with a full stop on a line of its own")
        self.envelope.original_content = letter = await self._letter()
        said = "552 5.3.4 too large" if letter is None else await self._call_handler_hook("DATA")
        self._set_post_data_state()  # type: ignore[no-untyped-call]
        await self.push(said)

    async def _letter(self) -> bytes | None:
        """Return what comes before the full stop, its stuffed dots removed (RFC 5321 §4.5.2).

        None where it is too large: read to its end all the same, and not kept.
        """
        pieces = [bytes(await self._reader.readuntil(LINE))]
        size = len(pieces[0])
        while pieces[-1] != END and not pieces[-1].endswith(LINE + END):
            piece = bytes(await self._reader.readuntil(END))
            size += len(piece)
            if size > LARGEST:
                pieces.clear()
            pieces.append(piece)
        if size > LARGEST:
            return None
        letter = b"".join(pieces)[: -len(END)]
        return (LINE + letter).replace(LINE + b".", LINE)[len(LINE) :]
