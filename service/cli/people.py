"""`tocsin staff` and `tocsin key`: who may use the console and the API."""

import sys

import click

from service.cli.acting import working

SCOPES = ("submit", "moderate", "rollouts", "signals", "pages", "senders", "subscribers", "metrics")
ROLES = ("viewer", "author", "moderator", "admin")


@click.group()
def staff() -> None:
    """Manage the people who use the console."""


@staff.command("add")
@click.argument("email")
@click.option("--name", required=True, help="How colleagues see them.")
@click.option(
    "--role", type=click.Choice(ROLES), default="viewer", show_default=True,
    help="What they may do: each role does what those before it do, and more.",
)  # fmt: skip
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def add_staff(email: str, name: str, role: str, *, password_stdin: bool) -> None:
    """Give EMAIL an account; the password is asked twice."""
    from service.access import actions  # noqa: PLC0415
    from service.assembly import at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415

    with at_hand(settings()) as rt:
        password = _password(from_stdin=password_stdin)
        with rt.work("cli") as uow:
            actions.add_staff(uow, email, name, role, password)
    click.echo(f"{email} may sign in as {role}")


@staff.command("list")
def list_staff() -> None:
    """List the accounts: address, name, role, whether they still open."""
    from service.access import queries  # noqa: PLC0415
    from service.assembly import at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415

    with at_hand(settings()) as rt, rt.read() as session:
        for each in queries.all_staff(session):
            state = "disabled" if each.disabled_at else "active"
            click.echo(f"{each.email}\t{each.name}\t{each.role}\t{state}")


@staff.command("password")
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def set_password(email: str, *, password_stdin: bool) -> None:
    """Give EMAIL a new password; they are signed out everywhere."""
    from service.access import actions  # noqa: PLC0415
    from service.assembly import at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415

    with at_hand(settings()) as rt:
        password = _password(from_stdin=password_stdin)
        with rt.work("cli") as uow:
            actions.set_password(uow, email, password)
    click.echo(f"{email} has a new password")


@staff.command("disable")
@click.argument("email")
def disable_staff(email: str) -> None:
    """Let EMAIL in no longer; what they did keeps their name."""
    from service.access import actions  # noqa: PLC0415
    from service.assembly import at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415

    with at_hand(settings()) as rt, rt.work("cli") as uow:
        actions.disable_staff(uow, email)
    click.echo(f"{email} may no longer sign in")


@staff.command("role")
@click.argument("email")
@click.argument("role", type=click.Choice(ROLES))
def set_role(email: str, role: str) -> None:
    """Change what EMAIL may do."""
    from service.access import actions  # noqa: PLC0415

    with working() as uow:
        actions.set_role(uow, email, role)
    click.echo(f"{email} is {role} now")


@staff.command("enable")
@click.argument("email")
def enable_staff(email: str) -> None:
    """Let EMAIL in again."""
    from service.access import actions  # noqa: PLC0415

    with working() as uow:
        actions.enable_staff(uow, email)
    click.echo(f"{email} may sign in again")


@staff.command("reset-factor")
@click.argument("email")
def reset_factor(email: str) -> None:
    """Let EMAIL sign in with the password alone: for a lost phone without recovery codes."""
    from service.access import second_factor  # noqa: PLC0415
    from service.access.actions import person_with  # noqa: PLC0415

    with working() as uow:
        second_factor.end(uow, person_with(uow, email).id)
    click.echo(f"{email} signs in with the password alone")


@click.group()
def key() -> None:
    """Manage the keys of programs."""


@key.command("add")
@click.argument("name")
@click.option(
    "--scope", "scopes", type=click.Choice(SCOPES), multiple=True, required=True,
    help="What the key may do; repeat for several.",
)  # fmt: skip
def add_key(name: str, scopes: tuple[str, ...]) -> None:
    """Make a key called NAME and print it: it is shown this once."""
    from service.access import actions  # noqa: PLC0415
    from service.assembly import at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415

    with at_hand(settings()) as rt, rt.work("cli") as uow:
        _, token = actions.create_key(uow, name, scopes)
    click.echo(token)


@key.command("list")
def list_keys() -> None:
    """List the keys: names, scopes, whether they still open."""
    from service.access import queries  # noqa: PLC0415
    from service.assembly import at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415

    with at_hand(settings()) as rt, rt.read() as session:
        for each in queries.all_keys(session):
            state = "revoked" if each.revoked_at else "active"
            click.echo(f"{each.name}\t{','.join(each.scopes)}\t{state}")


@key.command()
@click.argument("name")
def revoke(name: str) -> None:
    """Make the key called NAME open nothing any more."""
    from service.access import actions  # noqa: PLC0415
    from service.assembly import at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415

    with at_hand(settings()) as rt, rt.work("cli") as uow:
        actions.revoke_key(uow, name)
    click.echo(f"{name} opens nothing any more")


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
