"""The archives of mailing lists: every message under an address of its own, and feeds of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from channels.base import Feed, Item, Message
from channels.registry import Unavailable
from service.errors import NotFound
from service.lists.models import MailingList
from service.publications import queries as publications
from service.publications.freezing import thaw
from service.publications.models import Publication
from service.status import queries_lists as queries
from service.status.answers import FEEDS, PAGES, kept
from service.status.feeds import EPOCH
from service.web.callers import public
from service.web.context import absolute, runtime
from service.web.i18n import is_negotiated, language, localised, translate
from service.web.markdown import to_html

site = Blueprint("archives", __name__, url_prefix="/lists")

MOST = 25


@dataclass(frozen=True, slots=True)
class Sent:
    """One message of an archive."""

    name: str  # in addresses
    url: str
    message: Message
    at: datetime

    @property
    def title(self) -> str:
        """Its title in the reader's language, else in the first it has."""
        return self.message.text(language()).title

    @property
    def body(self) -> str:
        """Its words, likewise; Markdown."""
        return self.message.text(language()).body

    @property
    def spoken(self) -> str:
        """The language that both are in."""
        texts = self.message.texts
        return language() if language() in texts else next(iter(texts))


@site.get("/", strict_slashes=False)
@public
def index() -> ResponseReturnValue:
    """Every list whose messages everybody may read."""
    with runtime().read() as session:
        html = render_template("status/archives.html", lists=queries.archives(session))
    return _page(html)


@site.get("/<slug:slug>/")
@public
def show(slug: str) -> ResponseReturnValue:
    """One list's messages, newest first."""
    with runtime().read() as session:
        found = _found(session, slug)
        before = request.args.get("before", "")
        last = publications.by_public_id(session, before) if before else None
        sent = queries.messages(session, found.id, MOST + 1, last.id if last else None)
        html = render_template(
            "status/archive.html",
            list=found,
            messages=[_sent(found, each) for each in sent[:MOST]],
            older=sent[MOST - 1].public_id if len(sent) > MOST else "",
        )
    return _page(html)


@site.get("/<slug:slug>/feed.<any(rss, atom):form>")
@public
def feed(slug: str, form: str) -> ResponseReturnValue:
    """The newest messages; `?lang=fr` or `?lang=en` chooses their language."""
    rt = runtime()
    try:
        channel = rt.channels.pull(form)
    except Unavailable as error:
        abort(503 if form in rt.channels.unavailable() else 404, str(error))
    with rt.read() as session:
        found = _found(session, slug)
        sent = [_sent(found, each) for each in queries.messages(session, found.id, MOST)]
        document = channel.document(_feed(found, sent, form))
    answer = Response(document, mimetype=channel.media_type)
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return kept(_varied(answer), FEEDS)


@site.get("/<slug:slug>/<name>")
@public
def message(slug: str, name: str) -> ResponseReturnValue:
    """One message, under its permanent address."""
    with runtime().read() as session:
        found = _found(session, slug)
        sent = queries.message(session, f"list:{found.public_id}:{name}")
        if sent is None:
            raise NotFound(f"list {slug} has no message {name}")
        html = render_template("status/archived.html", list=found, sent=_sent(found, sent))
    return _page(html)


def _found(session: Session, slug: str) -> MailingList:
    found = queries.archive(session, slug)
    if found is None:
        raise NotFound(f"there is no archive of a list {slug}")
    return found


def _sent(of: MailingList, publication: Publication) -> Sent:
    message = thaw(publication.content)
    name = publication.subject.rpartition(":")[2]
    own = absolute(f"/lists/{of.slug}/{name}")
    is_post = publication.subject.startswith("list:")
    at = publication.started_at or publication.created_at
    return Sent(name, own if is_post else message.url, message, at)


def _feed(of: MailingList, sent: Sequence[Sent], form: str) -> Feed:
    host, url = runtime().settings.host, absolute(f"/lists/{of.slug}/")
    root = f"tag:{host},{EPOCH}:list/{of.public_id}"
    items = tuple(
        Item(f"{root}/{each.name}/{each.message.sequence}", each.title, str(to_html(each.body)),
             each.url, each.at)
        for each in sent
    )  # fmt: skip
    nothing = translate(language(), "status.archive.nothing")
    return Feed(
        id=f"{root}/{language()}",
        title=localised(of.name),
        description=localised(of.description),
        language=language(),
        url=url,
        self_url=f"{url}feed.{form}?lang={language()}",
        updated_at=max((each.at for each in sent), default=of.created_at),
        # Some readers refuse a feed without items, others call it broken.
        items=items or (Item(f"{root}/nothing", nothing, f"<p>{nothing}</p>", url, of.created_at),),
    )


def _page(html: str) -> Response:
    return kept(_varied(Response(html)), PAGES)


def _varied(answer: Response) -> Response:
    if is_negotiated():
        answer.vary.update(("Accept-Language", "Cookie"))
    return answer
