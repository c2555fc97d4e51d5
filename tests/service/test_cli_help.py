"""The help of every command: a sentence, an example that works, a next step, options explained."""

import shlex

import click
import pytest

from service.cli import tocsin
from service.cli.guidance import GUIDANCE, commands

COMMANDS = dict(commands(tocsin))


def help_of(words):
    command = COMMANDS[words]
    return command.get_help(click.Context(command, info_name=f"tocsin {words}"))


class TestTheHelp:
    def test_knows_every_command_and_no_other(self):
        assert sorted(GUIDANCE) == sorted(COMMANDS)

    @pytest.mark.parametrize("words", COMMANDS)
    def test_of_a_command_shows_an_example_and_what_comes_next(self, words):
        said = help_of(words)
        assert f"tocsin {words}" in said.partition("Example:")[2].partition("Next:")[0]

    @pytest.mark.parametrize("words", COMMANDS)
    def test_of_a_command_explains_each_option(self, words):
        options = (each for each in COMMANDS[words].params if isinstance(each, click.Option))
        assert [each.name for each in options if not each.help] == []

    @pytest.mark.parametrize("words", COMMANDS)
    def test_shows_an_example_that_the_command_takes(self, words, monkeypatch, tmp_path):
        monkeypatch.chdir(tmp_path)
        given = shlex.split(GUIDANCE[words][0].partition("tocsin ")[2].partition(" && ")[0])
        for word in given:
            if word.endswith((".backup", ".yaml", ".csv", ".json", ".eml", ".txt")):
                (tmp_path / word).touch()
        rest = given[len(words.split()) :]
        assert given == [*words.split(), *rest]
        with COMMANDS[words].make_context(words, rest):
            pass

    def test_lists_say_whole_sentences(self):
        said = tocsin.get_help(click.Context(tocsin, info_name="tocsin"))
        assert "..." not in said.partition("\n\n")[2]
        assert all(f"  {name} " in said for name in tocsin.commands)
