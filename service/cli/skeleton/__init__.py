"""Writes the package of a new channel from the files beside this one."""

from importlib.resources import files
from pathlib import Path

FILES = {
    "pyproject.toml.txt": "pyproject.toml",
    "README.md.txt": "README.md",
    "channel.txt": "src/tocsin_@name@/__init__.py",
    "conformance.txt": "src/tocsin_@name@/conformance.py",
    "test.txt": "tests/test_channel.py",
}


def write(folder: Path, slug: str) -> None:
    """Write the package of channel *slug*, `carrier-pigeon`, into *folder*."""
    words = {
        "@slug@": slug,
        "@name@": slug.replace("-", "_"),
        "@NAME@": slug.replace("-", "_").upper(),
        "@Name@": "".join(part.capitalize() for part in slug.split("-")),
    }
    for source, target in FILES.items():
        path = folder / _filled(target, words)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = (files(__name__) / source).read_text("utf-8")
        path.write_text(_filled(text, words), "utf-8")


def _filled(text: str, words: dict[str, str]) -> str:
    for slot, word in words.items():
        text = text.replace(slot, word)
    return text
