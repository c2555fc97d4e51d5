"""`tocsin secret`: what remains to do after the secret key was replaced."""

import click


@click.group()
def secret() -> None:
    """Replace the secret key: see docs/operating.md."""


@secret.command()
def renew() -> None:
    """Seal anew, under TOCSIN_SECRET_KEY, what TOCSIN_SECRET_KEY_PREVIOUS sealed."""
    from service.assembly import at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415
    from service.config import earlier_keys  # noqa: PLC0415
    from service.signup.actions.resealing import renew as reseal  # noqa: PLC0415

    given = settings()
    with at_hand(given) as rt:
        done = reseal(rt)
    click.echo(f"{done.renewed} secrets sealed anew, {done.current} were under this key already")
    if done.lost:
        click.echo(f"{done.lost} fit no key that is listed: set these anew", err=True)
    earlier = len(earlier_keys(given))
    if earlier:
        click.echo("the oldest earlier key stays for good: it recognises erased addresses")
    if earlier > 1:
        click.echo(
            f"the other {earlier - 1} now hold only links in mails already sent and the return "
            "addresses of bounces: take them out when these may end"
        )
    if done.lost:
        raise click.exceptions.Exit(1)
