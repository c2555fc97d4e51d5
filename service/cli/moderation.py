"""`tocsin moderation`: the rules of approval, who looks after what, and what waits."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from service.cli.acting import reading, working

if TYPE_CHECKING:
    from service.moderation.agreeing import Rules
    from service.publications.models import Publication

VERDICTS = ("approve", "reject", "discard")


@click.group()
def moderation() -> None:
    """See the queue, decide, and set the rules of approval."""


@moderation.command("rules")
@click.option("--four-eyes/--two-eyes", default=None, help="Whether author and approver differ.")
@click.option("--quorum", type=click.IntRange(1, 9), help="How many must approve.")
@click.option("--urgent/--no-urgent", default=None, help="One approval lets an incident leave.")
@click.option("--seed", "seeds", multiple=True, help="May get test mails; repeat for several.")
def set_rules(
    *, four_eyes: bool | None, quorum: int | None, urgent: bool | None, seeds: tuple[str, ...]
) -> None:
    """Show the rules in force; with options, change what they name."""
    from service.access.actions import normal_email  # noqa: PLC0415
    from service.moderation import agreeing  # noqa: PLC0415
    from service.moderation.queries_desk import policy  # noqa: PLC0415

    given = {"four_eyes": four_eyes, "quorum": quorum, "urgent": urgent}
    wanted: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if seeds:
        wanted["seeds"] = tuple(normal_email(each, "/seed") for each in seeds)
    if not wanted:
        with reading() as (session, _):
            return _show(agreeing.rules(policy(session)))
    with working() as uow:
        rules = replace(agreeing.rules(policy(uow.session)), **wanted)
        agreeing.set_rules(uow, rules)
    return _show(rules)


@moderation.command("duties")
def list_duties() -> None:
    """List who looks after which page or list; elsewhere every moderator does."""
    from service.moderation import queries_duties as queries  # noqa: PLC0415
    from service.moderation.naming import target_slugs  # noqa: PLC0415

    with reading() as (session, _):
        slugs = target_slugs(session)
        for duty, person in queries.duties(session):
            where = " ".join(slugs.get(duty.target, (duty.target,)))
            click.echo(f"{where}\t{person.email}\t{'backup' if duty.is_backup else 'moderator'}")


@moderation.command("duty")
@click.argument("email")
@click.option("--page", default="", help="Slug of a page.")
@click.option("--list", "list_slug", default="", help="Slug of a list.")
@click.option("--backup", is_flag=True, help="Asked when the others do not answer.")
@click.option("--drop", is_flag=True, help="Take the duty back.")
def set_duty(email: str, page: str, list_slug: str, *, backup: bool, drop: bool) -> None:
    """Let EMAIL look after one page or list; nobody but they and admins decide there."""
    from service.access.actions import person_with  # noqa: PLC0415
    from service.moderation import duties  # noqa: PLC0415
    from service.moderation.naming import target_key  # noqa: PLC0415

    with working() as uow:
        target = target_key(uow.session, page, list_slug)
        if not target:
            raise click.ClickException("say where: --page SLUG or --list SLUG")
        if drop:
            duties.drop_duty(uow, person_with(uow, email).id, target)
        else:
            duties.set_duty(uow, email, target, is_backup=backup)
    where = page or list_slug
    does = "no longer looks" if drop else "backs up whoever looks" if backup else "looks"
    click.echo(f"{email} {does} after {where}")


@moderation.command("queue")
@click.option("--category", default="", help="Only this category, such as incident.")
def show_queue(category: str) -> None:
    """List what waits, the most urgent first: id, hash, since, category, title."""
    from service.moderation.queries_desk import held  # noqa: PLC0415
    from service.publications.freezing import thaw  # noqa: PLC0415

    with reading() as (session, _):
        for each, _handling in held(session):
            if category in ("", each.category):
                title = next(iter(thaw(each.content).texts.values())).title
                since = f"{each.created_at:%Y-%m-%dT%H:%MZ}"
                click.echo(f"{each.public_id}\t{each.hash}\t{since}\t{each.category}\t{title}")


@moderation.command("decide")
@click.argument("verdict", type=click.Choice(VERDICTS))
@click.argument("publication")
@click.option("--hash", "seen", required=True, help="Hash of what you read: see `queue`.")
@click.option("--comment", default="", help="Why; the author of what is rejected reads it.")
@click.option("--undo", default=0.0, type=click.FloatRange(0, 5), metavar="MINUTES",
              help="How long an approval can be taken back before anything leaves.")  # fmt: skip
@click.option("--as", "email", required=True, help="Who decides: a moderator's address.")
def decide(
    verdict: str, publication: str, seen: str, comment: str, undo: float, email: str
) -> None:
    """Approve, reject or discard PUBLICATION, if it is still what was read."""
    from service.access.queries import staff_by_id  # noqa: PLC0415
    from service.moderation import actions  # noqa: PLC0415
    from service.web.callers import includes  # noqa: PLC0415

    act: Mapping[str, Callable[..., Publication]] = {
        "approve": partial(actions.approve, undo_minutes=undo),
        "reject": actions.reject,
        "discard": actions.discard,
    }
    with working(email) as uow:
        person = staff_by_id(uow.session, int(uow.by.partition(":")[2]))
        if person is None or not includes(person.role, "moderator"):
            raise click.ClickException(f"--as: {email} is no moderator")
        found = act[verdict](uow, publication, seen, comment)
        click.echo(f"{publication} is {found.state}")


def _show(rules: "Rules") -> None:
    click.echo(f"four eyes\t{'yes' if rules.four_eyes else 'no'}")
    click.echo(f"approvals\t{rules.quorum}")
    click.echo(f"urgent path\t{'yes' if rules.urgent else 'no'}")
    click.echo(f"seeds\t{' '.join(rules.seeds) or 'none'}")
