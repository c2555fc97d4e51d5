"""The colours of tocsin.css, held to WCAG 2.2 AA: 4.5 for text, 3 for shapes and borders."""

import re
from pathlib import Path

import pytest

import service

SHEET = (Path(service.__file__).parent / "web/static/tocsin.css").read_text(encoding="utf-8")
STATES = ("operational", "minor", "major", "down", "maintenance", "unknown")


def tokens(selector: str, nth: int = 0) -> dict[str, str]:
    start = [found.end() for found in re.finditer(re.escape(selector) + r" \{", SHEET)][nth]
    block = SHEET[start : SHEET.index("}", start)]
    return dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6});", block))


LIGHT = tokens(":root")
DARK = tokens(':root[data-theme="dark"]')
THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_dark_by_choice_is_dark_by_system():
    assert tokens(':root[data-theme="system"]') == DARK


def test_both_themes_name_every_colour():
    assert DARK.keys() == LIGHT.keys()


@THEMES
def test_text_can_be_read(theme):
    for ground in ("paper", "surface", "sunken"):
        for text in ("ink", "soft", "accent", *(f"{state}-text" for state in STATES)):
            assert contrast(theme[text], theme[ground]) >= 4.5, (text, ground)
    assert contrast(theme["on-accent"], theme["accent"]) >= 4.5
    assert contrast(theme["accent"], theme["accent-wash"]) >= 4.5
    for state in STATES:
        assert contrast(theme[f"{state}-text"], theme[f"{state}-wash"]) >= 4.5, state
        assert contrast(theme["ink"], theme[f"{state}-wash"]) >= 4.5, state


@THEMES
def test_shapes_and_borders_can_be_seen(theme):
    for ground in ("paper", "surface"):
        assert contrast(theme["edge"], theme[ground]) >= 3
        assert contrast(theme["focus"], theme[ground]) >= 3
        for state in STATES:
            colour = theme["down-ring"] if state == "down" else theme[state]
            assert contrast(colour, theme[ground]) >= 3, state


@THEMES
def test_the_sign_in_a_shape_can_be_seen(theme):
    for state in STATES:
        sign = "#ffffff" if state == "down" else theme["on-state"]
        assert contrast(sign, theme[state]) >= 3, state
