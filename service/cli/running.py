"""`tocsin serve`, `web`, `worker`, `ticker`, `inbound`: a command is a set of roles."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from service.config import Settings


@click.command()
@click.option("--bind", help="Address and port to listen on, instead of TOCSIN_BIND.")
def serve(bind: str | None) -> None:
    """Run everything in one process: web, worker, ticker and, where it is set, inbound mail."""
    from service.serving import Role, serve_web  # noqa: PLC0415

    serve_web(_checked(bind), frozenset(Role))


@click.command()
@click.option("--bind", help="Address and port to listen on, instead of TOCSIN_BIND.")
def web(bind: str | None) -> None:
    """Answer HTTP only; workers and a ticker run elsewhere."""
    from service.serving import Role, serve_web  # noqa: PLC0415

    serve_web(_checked(bind, "web"), frozenset({Role.WEB}))


@click.command()
def worker() -> None:
    """Send what is due; any number of these may run."""
    from service.serving import Role, serve_jobs  # noqa: PLC0415

    serve_jobs(_checked(None, "worker"), frozenset({Role.WORKER}))


@click.command()
def ticker() -> None:
    """Find what is due; one is enough, several do no harm."""
    from service.serving import Role, serve_jobs  # noqa: PLC0415

    serve_jobs(_checked(None, "ticker"), frozenset({Role.TICKER}))


@click.command()
def inbound() -> None:
    """Take mail in (TOCSIN_INBOUND_BIND); any number of these may run."""
    from service.serving import Role, serve_jobs  # noqa: PLC0415

    found = _checked(None, "inbound")
    if not found.takes_mail:
        raise click.ClickException(
            "TOCSIN_INBOUND_BIND: say where mail is taken in, such as 127.0.0.1:8024"
        )
    serve_jobs(found, frozenset({Role.INBOUND}))


def _checked(bind: str | None, alone: str = "") -> "Settings":
    """Read the settings for all roles together, or for one that runs *alone*; raises if wrong."""
    from service.cli.settings import settings  # noqa: PLC0415

    found = settings(**({"bind": bind} if bind else {}))
    if alone and found.queue_url.startswith("memory:"):
        raise click.ClickException(
            f"TOCSIN_QUEUE_URL: `tocsin {alone}` needs a queue that processes share, such as "
            "redis://localhost:6379/0; with memory:// use `tocsin serve`"
        )
    from service.assembly import check  # noqa: PLC0415

    check(found)
    return found
