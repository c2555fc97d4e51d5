"""What stands below the help of each command: an example, and what usually comes next."""

from collections.abc import Iterator, Mapping

import click

#: By the words of a command: what to type, and the next step.
GUIDANCE: Mapping[str, tuple[str, str]] = {
    "serve": (
        "tocsin serve --bind 127.0.0.1:8080",
        "Open the address it names; `tocsin page apply` fills an empty page.",
    ),
    "web": (
        "tocsin web --bind 0.0.0.0:8080",
        "Start `tocsin worker` and `tocsin ticker` beside it: see docs/many-machines.md.",
    ),
    "worker": ("tocsin worker", "`tocsin ready` says whether it reaches database and queue."),
    "ticker": ("tocsin ticker", "Start a second one elsewhere, for the day this machine is away."),
    "inbound": (
        "TOCSIN_INBOUND_BIND=127.0.0.1:8024 tocsin inbound",
        "Let your mail server hand mail on to it: see docs/inbound-mail.md.",
    ),
    "demo": ("tocsin demo", "Open the addresses that it shows in the end."),
    "ready": ("tocsin ready && echo fine", "`tocsin doctor` names causes and remedies."),
    "doctor": ("tocsin doctor", "Put right what it calls a fault, from above to below."),
    "config": ("tocsin config", "docs/settings.md says what each setting means."),
    "db upgrade": ("tocsin db upgrade", "Start the service: `tocsin serve`, or its roles."),
    "db backup": (
        "tocsin db backup tocsin-2026-11-22.backup",
        "Keep it on another machine, and the secret key elsewhere.",
    ),
    "db restore": (
        "tocsin db restore tocsin-2026-11-22.backup",
        "Look at each rollout that it paused, then `tocsin rollout resume` or `abort`.",
    ),
    "db restored": (
        "tocsin db restored",
        "Start the service; look at each rollout that it paused.",
    ),
    "db copy": (
        "tocsin db copy sqlite:///data/tocsin.db",
        "Start the service on the new database, with the old secret key.",
    ),
    "secret renew": (
        "tocsin secret renew",
        "Take the earlier keys out that it says are no longer needed.",
    ),
    "export": (
        "tocsin export /srv/copy --url https://status.example.net",
        "Copy the folder to its host, for instance by rsync.",
    ),
    "everything": (
        "tocsin everything takeout.zip",
        "docs/moving.md says what each file in it holds.",
    ),
    "import statuspage": (
        "tocsin import statuspage summary.json incidents.json --page acme",
        "Read what it would do, then give the same command with --apply.",
    ),
    "channel list": ("tocsin channel list", "TOCSIN_CHANNELS enables those that are not."),
    "channel new": (
        "tocsin channel new carrier-pigeon",
        "docs/write-a-channel.md goes on from there.",
    ),
    "channel check": (
        "tocsin channel check carrier-pigeon --verbose",
        "Enable it: TOCSIN_CHANNELS=email,webhook,carrier-pigeon.",
    ),
    "page apply": (
        "tocsin page apply my-platform.yaml",
        "`tocsin page list` shows what is there now.",
    ),
    "page list": ("tocsin page list", "`tocsin page state` says how a service is."),
    "page retire": (
        "tocsin page retire mesange webmail",
        "Take it out of the file that `tocsin page apply` reads too.",
    ),
    "page state": (
        "tocsin page state mesange webmail down --comment 'rack 3 is dark'",
        "Tell people: open an incident in the console or by the API.",
    ),
    "list add": (
        "tocsin list add works --name en=Works --description 'en=Planned works.' --open",
        "Say who may write to it: `tocsin sender add`, then `tocsin sender rule`.",
    ),
    "list change": (
        "tocsin list change works --invite-only",
        "`tocsin list list` shows the version of its words.",
    ),
    "list list": ("tocsin list list", "`tocsin list change` describes one anew."),
    "list retire": ("tocsin list retire works", "`tocsin list restore` takes that back."),
    "list restore": ("tocsin list restore works", "`tocsin list list` shows it again."),
    "staff add": (
        "tocsin staff add ada@example.org --name Ada --role admin",
        "They sign in at /console.",
    ),
    "staff list": ("tocsin staff list", "`tocsin staff role` changes what one of them may do."),
    "staff role": (
        "tocsin staff role mo@example.org moderator",
        "It holds from their next click on.",
    ),
    "staff password": ("tocsin staff password mo@example.org", "Tell them; they sign in anew."),
    "staff disable": ("tocsin staff disable mo@example.org", "`tocsin staff enable` undoes it."),
    "staff enable": ("tocsin staff enable mo@example.org", "They sign in at /console."),
    "staff reset-factor": (
        "tocsin staff reset-factor mo@example.org",
        "Let them switch a second factor on again under My account.",
    ),
    "key add": (
        "tocsin key add upstream --scope submit",
        "Give it to the program, which sends `Authorization: Bearer KEY`: see docs/sending.md.",
    ),
    "key list": ("tocsin key list", "`tocsin key revoke` ends one."),
    "key revoke": ("tocsin key revoke upstream", "`tocsin key add` makes another."),
    "sender add": (
        "tocsin sender add Monitoring --key monitoring",
        "Say what becomes of what it submits: `tocsin sender rule`.",
    ),
    "sender list": ("tocsin sender list", "`tocsin sender rule` refines one."),
    "sender rule": (
        "tocsin sender rule Monitoring trusted --category incident --page mesange",
        "`tocsin sender list` shows every rule.",
    ),
    "sender stance": (
        "tocsin sender stance Monitoring moderated",
        "Make exceptions by `tocsin sender rule`.",
    ),
    "sender secret": ("tocsin sender secret 'Ops team'", "Tell it them, not by the same mail."),
    "sender retire": ("tocsin sender retire Monitoring", "`tocsin sender restore` undoes it."),
    "sender restore": ("tocsin sender restore Monitoring", "`tocsin sender list` shows its rules."),
    "moderation queue": (
        "tocsin moderation queue",
        "Read a message in the console, then `tocsin moderation decide`.",
    ),
    "moderation decide": (
        "tocsin moderation decide approve ID --hash HASH --as mo@example.org",
        "`tocsin rollout list` shows how it leaves.",
    ),
    "moderation rules": (
        "tocsin moderation rules --four-eyes --quorum 2",
        "`tocsin moderation duty` says who looks after what.",
    ),
    "moderation duty": (
        "tocsin moderation duty mo@example.org --list works",
        "`tocsin moderation duties` shows them all.",
    ),
    "moderation duties": (
        "tocsin moderation duties",
        "`tocsin moderation duty … --drop` ends one.",
    ),
    "subscribers import": (
        "tocsin subscribers import people.csv --dry-run",
        "Mend what people.csv.report.csv names, then leave --dry-run out.",
    ),
    "subscribers export": ("tocsin subscribers export everyone.csv", "Keep it safe, or delete it."),
    "subscribers find": ("tocsin subscribers find ada@", "`tocsin subscribers show NUMBER`"),
    "subscribers show": (
        "tocsin subscribers show 42",
        "They change what they get by the link in every mail.",
    ),
    "subscribers assign": (
        "tocsin subscribers assign 42 --region eu-west --party customers",
        "Name them as a cohort in a plan: see docs/when-and-how-fast.md.",
    ),
    "suppressions list": (
        "tocsin suppressions list --reason hard_bounce",
        "`tocsin suppressions lift` lets mail go to one again.",
    ),
    "suppressions import": (
        "tocsin suppressions import bounced.txt",
        "`tocsin suppressions list` shows them.",
    ),
    "suppressions lift": (
        "tocsin suppressions lift ada@example.org",
        "The next bounce suppresses it again.",
    ),
    "bounces classify": (
        "tocsin bounces classify returned.eml",
        "docs/inbound-mail.md says what follows from a hard one.",
    ),
    "limits list": ("tocsin limits list", "`tocsin limits set` changes one."),
    "limits set": (
        "tocsin limits set provider email:google 600 --per minute",
        "`tocsin limits list` shows what rests, and for how long.",
    ),
    "limits remove": (
        "tocsin limits remove lane email:google",
        "`tocsin limits list` shows the others.",
    ),
    "limits warm-up": (
        "tocsin limits warm-up status@example.org --to 5000",
        "`tocsin limits list` shows how far it is.",
    ),
    "rollout list": ("tocsin rollout list --state running", "`tocsin rollout show ID`"),
    "rollout show": ("tocsin rollout show ID", "Pause, resume or abort it by the same ID."),
    "rollout preview": ("tocsin rollout preview ID", "`tocsin rollout simulate` plays its hours."),
    "rollout simulate": (
        "tocsin rollout simulate ID --fault 1 --notice 60 --picture waves.svg",
        "Approve it in the console, or by `tocsin moderation decide`.",
    ),
    "rollout pause": (
        "tocsin rollout pause ID --comment 'wrong link' --as mo@example.org",
        "`tocsin rollout resume`, `correct` or `abort`.",
    ),
    "rollout resume": ("tocsin rollout resume ID --as mo@example.org", "`tocsin rollout show ID`"),
    "rollout abort": (
        "tocsin rollout abort ID --comment 'wrong audience' --as mo@example.org",
        "`tocsin rollout correct` writes to those that it reached.",
    ),
    "rollout correct": (
        "tocsin rollout correct ID --title 'en=A correction' --body 'en=It is on Tuesday.'",
        "Approve it in the console: it waits like any message.",
    ),
    "rollout explain": (
        "tocsin rollout explain ID ada@example.org",
        "`tocsin subscribers find` leads to what they chose.",
    ),
    "rollout proof": (
        "tocsin rollout proof ID --format csv --output proof.csv",
        "Its sums are those of `tocsin rollout show ID`.",
    ),
    "rollout replay": (
        "tocsin rollout replay ID",
        "docs/gates.md says what a verdict follows from.",
    ),
    "rollout override": (
        "tocsin rollout override ID --comment 'the tickets are another fault' --as mo@example.org",
        "`tocsin rollout show ID` says whether something else holds it.",
    ),
    "rollout acknowledge": (
        "tocsin rollout acknowledge ID support --as mo@example.org",
        "`tocsin rollout show ID` says which teams are missing.",
    ),
    "rollout signal": (
        "tocsin rollout signal ID tickets 12 --of 4000 --from 2026-11-22T09:00Z",
        "`tocsin rollout show ID` says what its gate makes of it.",
    ),
    "rollout freeze": (
        "tocsin rollout freeze 'Year end' --from 2026-12-23T17:00Z --to 2027-01-02T07:00Z",
        "`tocsin rollout freezes` shows the calendar.",
    ),
    "rollout freezes": ("tocsin rollout freezes", "`tocsin rollout lift ID` ends one early."),
    "rollout lift": ("tocsin rollout lift 3", "`tocsin rollout list` shows what goes on."),
    "launch apply": ("tocsin launch apply launch.yaml", "`tocsin launch show SLUG`"),
    "launch list": ("tocsin launch list", "`tocsin launch show SLUG` names what is missing."),
    "launch show": ("tocsin launch show new-mail", "`tocsin launch tick` what is done."),
    "launch tick": (
        "tocsin launch tick new-mail help-pages --as mo@example.org",
        "`tocsin launch show` names what is missing still.",
    ),
    "launch waive": (
        "tocsin launch waive new-mail translations --comment 'next week' --as ada@example.org",
        "The report names it, and who waived it.",
    ),
    "launch reopen": (
        "tocsin launch reopen new-mail help-pages --as mo@example.org",
        "`tocsin launch tick` when it is done again.",
    ),
    "launch test": (
        "tocsin launch test new-mail --as mo@example.org",
        "Read it there, then `tocsin launch seen`.",
    ),
    "launch seen": (
        "tocsin launch seen new-mail qa@example.org --as mo@example.org",
        "`tocsin launch show` names what is missing still.",
    ),
    "launch trouble": (
        "tocsin launch trouble new-mail --comment 'sign-in is slow' --as mo@example.org",
        "`tocsin rollout pause` if nobody else shall be told for now.",
    ),
}
FIRST_STEPS = """\b
First steps:
  tocsin demo                          see it all on sample data
  tocsin page apply my-platform.yaml   describe your platform
  tocsin staff add ada@example.org --name Ada --role admin
  tocsin serve                         run everything in one process

`tocsin COMMAND --help` shows an example of each. docs/README.md has the rest."""


def commands(
    group: click.Group, words: tuple[str, ...] = ()
) -> Iterator[tuple[str, click.Command]]:
    """Every command below *group* that does something, with its words."""
    for name, command in group.commands.items():
        here = (*words, name)
        if isinstance(command, click.Group):
            yield from commands(command, here)
        else:
            yield " ".join(here), command


def guide(group: click.Group) -> None:
    """Put guidance below the help of every command of *group*, and whole sentences into lists."""
    group.epilog = FIRST_STEPS
    for words, command in commands(group):
        if words in GUIDANCE:
            example, then = GUIDANCE[words]
            command.epilog = f"\b\nExample:\n  {example}\n\nNext: {then}"
    _say_in_full(group)


def _say_in_full(group: click.Group) -> None:
    # Click cuts what lists say of a command at 45 characters, unless it was given as short.
    for command in group.commands.values():
        command.short_help = (command.help or "").strip().partition("\n\n")[0].rstrip(".")
        if isinstance(command, click.Group):
            _say_in_full(command)
