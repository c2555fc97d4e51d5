"""`tocsin sender`: who may submit what, and what becomes of it."""

from collections.abc import Callable
from typing import TypeVar

import click

from service.cli.acting import working

STANCES = ("refused", "moderated", "trusted")

Command = TypeVar("Command", bound=Callable[..., object])


def _place(command: Command) -> Command:
    for name, words in (
        ("--list", "Slug of a list."),
        ("--page", "Slug of a page."),
        ("--category", "A category, such as incident; every one if left out."),
    ):
        target = "list_slug" if name == "--list" else name[2:]
        command = click.option(name, target, default="", help=words)(command)
    return command


@click.group()
def sender() -> None:
    """Manage who may submit messages, by program or by mail."""


@sender.command("add")
@click.argument("name")
@click.option("--key", default="", help="Name of the API key it speaks by.")
@click.option("--address", default="", help="Mail address it posts from.")
@click.option(
    "--stance", type=click.Choice(STANCES), default="moderated", show_default=True,
    help="What becomes of what they submit, where no rule says otherwise.",
)  # fmt: skip
def add_sender(name: str, key: str, address: str, stance: str) -> None:
    """Name a sender: a key or a mail address."""
    from service.moderation import senders  # noqa: PLC0415

    with working() as uow:
        senders.add_sender(uow, senders.SenderWish(name, key, address, stance))
    click.echo(f"{name} is {stance}")


@sender.command("list")
def list_senders() -> None:
    """List the senders: name, key or address, stance; their rules below each."""
    from service.access.queries import all_keys  # noqa: PLC0415
    from service.moderation import queries_senders as queries  # noqa: PLC0415
    from service.moderation.naming import target_slugs  # noqa: PLC0415

    with working() as uow:
        slugs = target_slugs(uow.session)
        keys = {each.id: each.name for each in all_keys(uow.session)}
        for each in queries.every_sender(uow.session):
            who = each.address or f"key {keys.get(each.api_key_id or 0, '?')}"
            state = "retired" if each.retired_at else each.stance
            click.echo(f"{each.name}\t{who}\t{state}")
            for rule in queries.rules_of(uow.session, [each.id]):
                where = " ".join(slugs.get(rule.target, ("everywhere", ""))).strip()
                click.echo(f"  {rule.category or 'everything'}\t{where}\t{rule.stance}")


@sender.command("stance")
@click.argument("name")
@click.argument("stance", type=click.Choice(STANCES))
def set_stance(name: str, stance: str) -> None:
    """Say what becomes of what no rule of NAME speaks of."""
    from service.moderation import senders  # noqa: PLC0415

    with working() as uow:
        senders.set_stance(uow, name, stance)
    click.echo(f"{name} is {stance}")


@sender.command("rule")
@click.argument("name")
@click.argument("stance", type=click.Choice((*STANCES, "drop")))
@_place
def set_rule(name: str, stance: str, category: str, page: str, list_slug: str) -> None:
    """Make an exception for NAME, or drop one; the most specific wins."""
    from service.moderation import senders  # noqa: PLC0415

    wish = senders.RuleWish("" if stance == "drop" else stance, category, page, list_slug)
    with working() as uow:
        if stance == "drop":
            senders.drop_rule(uow, name, wish)
        else:
            senders.set_rule(uow, name, wish)
    click.echo("dropped" if stance == "drop" else f"{name} is {stance} there")


@sender.command("secret")
@click.argument("name")
def new_secret(name: str) -> None:
    """Print a new secret word for NAME: it posts to LIST+WORD@HOST. Shown this once."""
    from service.moderation import senders  # noqa: PLC0415

    with working() as uow:
        word = senders.new_secret(uow, name)
    click.echo(word)


@sender.command("retire")
@click.argument("name")
def retire_sender(name: str) -> None:
    """Take nothing more from NAME."""
    from service.moderation import senders  # noqa: PLC0415

    with working() as uow:
        senders.retire(uow, name)
    click.echo(f"nothing more is taken from {name}")


@sender.command("restore")
@click.argument("name")
def restore_sender(name: str) -> None:
    """Take NAME back into use."""
    from service.moderation import senders  # noqa: PLC0415

    with working() as uow:
        senders.restore(uow, name)
    click.echo(f"{name} is back in use")
