"""A message in a few plain lines, for channels that give it little room: it ends on its link."""

from dataclasses import dataclass

from channels.base import Host, Message
from channels.email.cleaning import cut, lines, one_line
from channels.email.facts import gather
from channels.email.plain import markdown_as_text

TITLE = 200


@dataclass(frozen=True, slots=True)
class Short:
    """What a person reads first, cleaned; nothing in it is markup yet."""

    headline: str  # category and stage
    title: str
    body: str
    touched: str  # the components with their states
    url: str
    source: str

    def text(self, most: int) -> str:
        """Return all of it within *most* characters; the link is never cut."""
        head = f"[{self.headline}] {self.title}" if self.headline else self.title
        above = "\n".join(filter(None, (head, self.touched, self.body)))
        if not self.url:
            return cut(above, most)
        room = most - len(self.url) - 1
        return f"{cut(above, room)}\n{self.url}" if room > 0 else cut(above, most)


def shorten(message: Message, locale: str, zone: str, host: Host, most: int) -> Short:
    """Return *message* for readers of *locale*, its body within *most* characters."""
    facts = gather(message, locale, zone, host.local)
    plain = lines(markdown_as_text(facts.body[: 4 * most]))
    touched = ", ".join(f"{each.name}: {each.state}" for each in facts.affected[:5])
    return Short(
        headline=one_line(facts.headline),
        title=cut(one_line(facts.title), TITLE) or "…",
        body=cut(plain.strip(), most),
        touched=one_line(touched),
        url=one_line(message.url)[:1000],
        source=one_line(facts.source),
    )
