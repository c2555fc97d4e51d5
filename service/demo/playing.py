"""`tocsin demo`: sets the stage, plays the story, draws the balance, keeps the service open."""

import json
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event
from time import monotonic

from rich.console import Console
from rich.table import Table

from service.config import SettingsError
from service.demo import screen, stage, story
from service.demo.account import Account, balance
from service.demo.stage import EMAIL, PAGE, Cast
from service.demo.story import Announced, Frame
from service.demo.words import elapsed, moment, number
from service.gears import Gears
from service.serving import check_free

SPEED = 7_000.0
HERE, PORTS = "127.0.0.1", range(8080, 8100)
LIMIT = 3_600.0  # real seconds after which we stop waiting


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for."""

    once: bool = False
    speed: float = SPEED
    subscribers: int = 5_000
    bind: str = ""  # the first free port from 8080 on where nothing is said
    folder: Path | None = None  # a temporary one where nothing is said


def play(options: Options) -> int:
    """Play the demo; return the program's exit code, 1 if anybody is unaccounted for."""
    for each in (signal.SIGTERM, signal.SIGINT):  # the second is ignored in the background
        signal.signal(each, signal.default_int_handler)
    console = Console()
    began = monotonic()
    with _folder(options.folder) as folder:
        console.print(
            f"[bold]Tocsin demo[/]: {number(options.subscribers)} invented subscribers in every "
            "time zone, real SMTP and HTTP on this machine, nothing leaves it."
        )
        cast = stage.prepare(folder, options.bind or _free_bind(), options.subscribers)
        with closing(cast.consumer), _its_time(cast.clock), stage.curtain_up(cast):
            announced = _announce(console, cast, options)
            account = _rollout(console, cast, announced, options)
            seconds = monotonic() - began
            _summary(console, account, seconds)
            if not options.once:
                _stay_open(console, cast, announced)
        if not account.agrees:
            kept = folder if options.folder else _keep(folder)
            console.print(f"[bold red]Something does not add up[/]; everything is kept in {kept}")
    if options.once:
        print(json.dumps(account.to_json(seconds)))  # noqa: T201 - for programs
    return 0 if account.agrees else 1


def _announce(console: Console, cast: Cast, options: Options) -> Announced:
    endpoints = story.connect_endpoints(cast)
    console.print(f"{endpoints} webhook endpoints have proved themselves.")
    announced = story.announce(cast)
    console.print(
        f"An upstream system announced a maintenance in French and English, a moderator approved "
        f"it: {number(announced.audience)} addresses in growing stages, each between 09:00 "
        "and 20:00 on the clock of whoever it belongs to.\n"
        f"[bold yellow]The plan's clock now runs {number(options.speed)} times too fast[/]; "
        "leases, signatures and network timeouts keep real time.\n"
    )
    return announced


def _rollout(console: Console, cast: Cast, announced: Announced, options: Options) -> Account:
    cast.clock.shift(options.speed)
    last = _follow(console, cast, announced, options)
    cast.clock.shift(1.0)  # people who look around now need an ordinary clock
    rollout = last.rollout
    if rollout["started_at"] and rollout["ended_at"]:
        took = elapsed(_instant(rollout["started_at"]), _instant(rollout["ended_at"]))
        console.print(
            f"\n{rollout['state'].title()} after {took} on the plan's clock, {last.at:.0f} s here. "
            "It keeps ordinary time again."
        )
    proof = story.proof(cast, announced)
    planned = rollout["deliveries"]["total"]
    return balance(planned, proof, cast.mails(), cast.consumer.received)


def _follow(console: Console, cast: Cast, announced: Announced, options: Options) -> Frame:
    shown = screen.open_screen(console, options.speed)
    frame: Frame | None = None
    try:
        for frame in story.follow(cast, announced, LIMIT):
            shown.show(frame)
    finally:
        shown.close()
    if frame is None:
        raise SettingsError("the service said nothing about the rollout")
    return frame


def _summary(console: Console, account: Account, seconds: float) -> None:
    table = Table(title="What became of everybody", title_justify="left", box=None, pad_edge=False)
    for title in ("channel", "state", "reason"):
        table.add_column(title)
    table.add_column("people", justify="right")
    for (channel, state, reason), count in sorted(account.outcomes.items()):
        table.add_row(channel, state, reason.replace("_", " "), number(count))
    table.add_row("", "", "[bold]planned", f"[bold]{number(account.planned)}")
    mails, hooks = account.mails, account.webhooks
    console.print()
    console.print(table)
    console.print(
        f"\nThe mailbox holds {number(mails.letters)} mails: {number(mails.message_ids)} different "
        f"Message-IDs to {number(mails.recipients)} different people; "
        f"{number(account.total('accepted', 'email'))} were recorded as accepted.\n"
        f"The consumer of webhooks got {len(hooks.verified)} with good signatures, "
        f"{hooks.repeated} twice, {hooks.forged} forged.\n"
        f"Unaccounted for: {account.unaccounted}. Got it twice: {account.duplicates}. "
        f"{seconds:.0f} s in all.",
        highlight=False,
    )


def _stay_open(console: Console, cast: Cast, announced: Announced) -> None:
    url = cast.settings.public_url
    places = {
        "Status page": f"{url}/{PAGE}/en/",
        "Console": f"{url}/console  (sign in as {EMAIL}, password {cast.password})",
        "Queue": f"{url}/console/moderation",
        "Rollout": f"{url}/console/rollouts/{announced.rollout}",
        "Every mail": f"{url}/dev/mailbox",
        "Feed": f"{url}/{PAGE}/en/feeds/all.rss",
        "API": f"{url}/api/v1/docs",
        "Commands": f"export TOCSIN_DATA_DIR={cast.settings.data_dir}",
        "To try it": f"export SITE={url} KEY={cast.upstream.key} MODERATOR={cast.moderator.key}",
        "Log": f"{cast.settings.data_dir / stage.LOG}",
    }
    console.print(f"\n[bold]Look around[/] (it is {moment(cast.clock())} on the plan's clock):")
    for name, place in places.items():
        console.print(f"  {name:<11} {place}", highlight=False, soft_wrap=True)
    console.print("\nCtrl-C ends it.")
    try:
        Event().wait()
    except KeyboardInterrupt:
        console.print("\nGoodbye.")


@contextmanager
def _its_time(clock: Gears) -> Iterator[None]:
    """Let commands on this folder live by *clock* for the length of the block."""
    try:
        yield
    finally:
        clock.end()


def _free_bind() -> str:
    for port in PORTS:
        with suppress(SettingsError):
            check_free(HERE, port)
            return f"{HERE}:{port}"
    raise SettingsError(f"--bind: the ports {PORTS.start} to {PORTS.stop - 1} are taken; name one")


def _keep(folder: Path) -> Path:
    kept = Path(tempfile.mkdtemp(prefix="tocsin-demo-kept-"))
    return Path(shutil.copytree(folder, kept, dirs_exist_ok=True))


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


@contextmanager
def _folder(wanted: Path | None) -> Iterator[Path]:
    if wanted is not None:
        yield wanted
        return
    with tempfile.TemporaryDirectory(prefix="tocsin-demo-") as made:
        yield Path(made)
