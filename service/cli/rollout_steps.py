"""The parts of `tocsin rollout` that follow rollouts, and steer them."""

import click

from service.cli.acting import pair, parsed, person, reading, working

STATES = (
    "planning", "scheduled", "running", "paused", "completed", "aborted", "expired", "cancelled",
)  # fmt: skip
DIFFERS = 1  # the exit code of a replay that came out otherwise

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
_comment = click.option("--comment", default="", help="Why; it is kept with the decision.")


@click.command("list")
@_json
@click.option(
    "--limit", default=30, show_default=True, type=click.IntRange(1, 500),
    help="So many at most.",
)  # fmt: skip
@click.option("--state", type=click.Choice(STATES), help="Only those in this state.")
@click.option("--after", default="", metavar="ID", help="Older than this one.")
def list_rollouts(limit: int, state: str | None, after: str, *, as_json: bool) -> None:
    """List the newest rollouts."""
    from service.cli import rollout_tables  # noqa: PLC0415
    from service.rollouts.finding import found_rollout  # noqa: PLC0415
    from service.rollouts.models import RolloutState  # noqa: PLC0415
    from service.rollouts.picture import summaries  # noqa: PLC0415

    with reading() as (session, _):
        seen = found_rollout(session, after) if after else None
        among = [RolloutState(state)] if state else []
        found = summaries(session, limit, after=seen, among=among)
        rollout_tables.show_list(found, as_json=as_json)


@click.command()
@click.argument("rollout_id", metavar="ID")
@_json
def show(rollout_id: str, *, as_json: bool) -> None:
    """Show where rollout ID stands: stages, gates, what it waits for, decisions."""
    from service.cli import rollout_tables  # noqa: PLC0415
    from service.rollouts.depending import missing_now  # noqa: PLC0415
    from service.rollouts.finding import found_rollout  # noqa: PLC0415
    from service.rollouts.picture import picture  # noqa: PLC0415
    from service.rollouts.queries.measures import refusals  # noqa: PLC0415

    with reading() as (session, now):
        row = found_rollout(session, rollout_id)
        rollout_tables.show_one(
            picture(session, row),
            missing_now(session, row, now),
            refusals(session, row.id),
            as_json=as_json,
        )


@click.command()
@click.argument("rollout_id", metavar="ID")
@_comment
@person
def pause(rollout_id: str, comment: str, email: str) -> None:
    """Pause rollout ID; at most the micro-batch in flight still leaves."""
    from service.rollouts import actions  # noqa: PLC0415

    with working(email) as uow:
        row = actions.pause(uow, rollout_id, comment=comment)
        click.echo(f"{rollout_id} is {row.state}")


@click.command()
@click.argument("rollout_id", metavar="ID")
@_comment
@person
def resume(rollout_id: str, comment: str, email: str) -> None:
    """Let rollout ID go on; windows are worked out anew."""
    from service.rollouts import actions  # noqa: PLC0415

    with working(email) as uow:
        row = actions.resume(uow, rollout_id, comment)
        click.echo(f"{rollout_id} is {row.state}")


@click.command()
@click.argument("rollout_id", metavar="ID")
@_comment
@person
@click.option("--yes", is_flag=True, help="Do not ask.")
def abort(rollout_id: str, comment: str, email: str, *, yes: bool) -> None:
    """End rollout ID for good; what is in flight lands."""
    from service.rollouts import actions  # noqa: PLC0415

    if not yes:
        click.confirm(f"End {rollout_id} for good?", abort=True)
    with working(email) as uow:
        row = actions.abort(uow, rollout_id, comment)
        click.echo(f"{rollout_id} is {row.state}")


@click.command()
@click.argument("rollout_id", metavar="ID")
@click.option("--comment", required=True, help="Why it may go on all the same.")
@person
def override(rollout_id: str, comment: str, email: str) -> None:
    """Let rollout ID go on that a gate or a dependency holds.

    Where four eyes were asked for, --as must name neither the author nor the approver.
    """
    from service.rollouts.overriding import override as act  # noqa: PLC0415

    with working(email) as uow:
        row = act(uow, rollout_id, comment)
        click.echo(f"{rollout_id} goes on and is {row.state}")


@click.command()
@click.argument("rollout_id", metavar="ID")
@click.argument("team")
@click.option("--not-ready", is_flag=True, help="Take its word back.")
@_comment
@person
def acknowledge(rollout_id: str, team: str, comment: str, email: str, *, not_ready: bool) -> None:
    """Say for TEAM that it is ready for rollout ID."""
    from service.rollouts.acknowledging import Word  # noqa: PLC0415
    from service.rollouts.acknowledging import acknowledge as act  # noqa: PLC0415

    with working(email) as uow:
        act(uow, rollout_id, Word(team, not not_ready, comment))
    click.echo(f"{team} is {'not ready' if not_ready else 'ready'} for {rollout_id}")


@click.command()
@click.argument("rollout_id", metavar="ID")
@click.argument("key")
@click.argument("value", metavar="VALUE|null")
@click.option("--of", "denominator", type=click.FloatRange(min=0), help="What it is a count of.")
@click.option("--from", "begin", required=True, help="Begin of its period: 2026-11-24T09:00:00Z.")
@click.option("--to", "end", default="", help="Its end; now if left out.")
@click.option("--source", default="cli", show_default=True, help="Which system says so.")
def signal(
    rollout_id: str,
    key: str,
    value: str,
    denominator: float | None,
    begin: str,
    end: str,
    source: str,
) -> None:
    """Push VALUE under KEY, for gates of rollout ID; null: it could not be measured."""
    from service.rollouts.said import SignalIn  # noqa: PLC0415
    from service.rollouts.signalling import signal as act  # noqa: PLC0415

    with working("") as uow:
        given = {
            "key": key,
            "value": None if value == "null" else value,
            "denominator": denominator,
            "from": begin,
            "to": end or uow.now.isoformat(),
            "source": source,
        }
        act(uow, rollout_id, parsed(SignalIn, given).wish())
    click.echo(f"{key} is {value} for {rollout_id}")


@click.command()
@click.argument("rollout_id", metavar="ID")
@click.option("--title", "titles", multiple=True, required=True, help="en=Corrected; repeat.")
@click.option("--body", "bodies", multiple=True, required=True, help="en=The date is …; repeat.")
@click.option("--abort", "aborts", is_flag=True, help="End it if it still runs.")
@click.option("--retract", is_flag=True, help="Take the message off pages and feeds.")
@_comment
@person
def correct(
    rollout_id: str,
    titles: tuple[str, ...],
    bodies: tuple[str, ...],
    comment: str,
    email: str,
    *,
    aborts: bool,
    retract: bool,
) -> None:
    """Hold a correction for a moderator: to exactly those that rollout ID reached."""
    from service.rollouts.correcting import correct as act  # noqa: PLC0415
    from service.rollouts.corrections import RolloutCorrectionIn  # noqa: PLC0415

    given = {
        "title": dict(pair(each) for each in titles),
        "body": dict(pair(each) for each in bodies),
        "comment": comment,
        "abort": aborts,
        "retract": retract,
    }
    with working(email) as uow:
        held = act(uow, rollout_id, parsed(RolloutCorrectionIn, given).wish())
        click.echo(f"{held.public_id} waits for a moderator")


@click.command()
@click.argument("rollout_id", metavar="ID")
@_json
def replay(rollout_id: str, *, as_json: bool) -> None:
    """Derive every verdict on rollout ID again from its stored inputs; exit 1 on a difference."""
    from service.cli import rollout_tables  # noqa: PLC0415
    from service.rollouts.finding import found_rollout  # noqa: PLC0415
    from service.rollouts.replaying import replay as derive  # noqa: PLC0415

    with reading() as (session, _):
        derived = list(derive(session, found_rollout(session, rollout_id)))
    rollout_tables.show_replay(derived, as_json=as_json)
    if any(each.trouble for each in derived):
        raise click.exceptions.Exit(DIFFERS)


STEPS = (
    list_rollouts, show, pause, resume, abort, override, acknowledge, signal, correct, replay,
)  # fmt: skip
