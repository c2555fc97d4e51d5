"""`tocsin rollout`: look ahead, follow, steer and account for what is sent."""

import click

from service.cli.freezes import FREEZES
from service.cli.rollout_accounts import explain, proof
from service.cli.rollout_previews import preview, simulate
from service.cli.rollout_steps import STEPS


@click.group()
def rollout() -> None:
    """Look ahead, follow, steer and account for what is sent."""


for command in (preview, simulate, explain, proof):
    rollout.add_command(command)
for step in (*STEPS, *FREEZES):
    rollout.add_command(step)
