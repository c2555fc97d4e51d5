"""Messages and feeds that a channel must cope with: an ordinary one, and the worst there are."""

from dataclasses import replace
from datetime import UTC, datetime

from channels.base import Feed, Item, Link, Message, Sender, Span, Text, Touched

_AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
_PAGE = "https://status.example.org/mail/en/"

MESSAGE = Message(
    id="pub_specimen",
    type="incident.created",
    category="incident",
    stage="investigating",
    severity="major",
    texts={
        "en": Text("Webmail is slow", "Opening a message takes **20 s**.\n\n- we are looking"),
        "fr": Text("Le webmail est lent", "Ouvrir un message prend **20 s**."),
    },
    sender=Sender("Status", "status@example.org"),
    source={"en": "Mail", "fr": "Courriel"},
    url=f"{_PAGE}events/ev_specimen",
    subject="event:ev_specimen",
    sequence=1,
    published_at=_AT,
    starts_at=_AT,
    touched=(Touched("webmail", {"en": "Webmail", "fr": "Webmail"}, "major_disruption"),),
    links=(Link({"en": "Details", "fr": "Détails"}, _PAGE),),
)

#: Each of these arrived somewhere once.
EXTREMES = (
    replace(MESSAGE, texts={"en": Text("x" * 5_000, "y" * 200_000)}),
    replace(MESSAGE, texts={"en": Text("", "")}, source={}, url="", touched=(), links=()),
    replace(MESSAGE, texts={"en": Text("\x00\x1b[31m\r\nBcc: all@example.org", "\ud800\u202e")}),
    replace(
        MESSAGE, texts={"en": Text("<!channel> @everyone *_~`[x](y)", "<script>&amp;</script>")}
    ),
    replace(MESSAGE, texts={"zz": Text("🔔" * 3_000, "👩‍👩‍👧‍👦" * 20_000)}),
    replace(MESSAGE, touched=MESSAGE.touched * 500, links=MESSAGE.links * 100),
)

ITEM = Item(
    id="tag:status.example.org,2026:update/specimen",
    title="[Major disruption] Webmail — investigating",
    html="<p>Opening a message takes <b>20 s</b>.</p>",
    url=f"{_PAGE}events/ev_specimen#1",
    published_at=_AT,
    categories=("incident",),
    span=Span("ev_specimen@status.example.org", 1, _AT, None, "Opening a message takes 20 s."),
)

FEED = Feed(
    id="tag:status.example.org,2026:feed/mail/all",
    title="Mail: everything",
    description="What happens to mail",
    language="en",
    url=_PAGE,
    self_url=f"{_PAGE}feeds/all",
    updated_at=_AT,
    items=(ITEM,),
)
HOSTILE = replace(
    FEED,
    title="]]> <&\x00 \ud800",
    items=(
        replace(ITEM, title="\x00\x0b]]><title>&nosuch;", html="\x01<p>\ufffe</p>"),
        replace(ITEM, id="tag:status.example.org,2026:update/2", title="", html="", url=""),
        replace(ITEM, id="tag:status.example.org,2026:update/3", title="a\r\nb;c,d\\n" * 500),
    ),
)
