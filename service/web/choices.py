"""What a visitor chooses for every page: language and theme, kept in two cookies.

The addresses start with `/-/`, which no page can be called.
"""

from apiflask import APIFlask
from flask import Blueprint, Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.errors import invalid
from service.web.callers import public
from service.web.context import runtime
from service.web.i18n import COOKIE as LANGUAGE_COOKIE
from service.web.parsing import LANGUAGES

THEME_COOKIE = "tocsin_theme"
THEMES = ("light", "dark", "system")
YEAR = 365 * 24 * 3600

site = Blueprint("shell", __name__)


@site.post("/-/language")
@public
def choose_language() -> ResponseReturnValue:
    """Answer in this language from now on."""
    return _kept(LANGUAGE_COOKIE, _chosen("language", LANGUAGES))


@site.post("/-/theme")
@public
def choose_theme() -> ResponseReturnValue:
    """Look light, dark or like the rest of the reader's system from now on."""
    return _kept(THEME_COOKIE, _chosen("theme", THEMES))


@site.get("/favicon.ico")
@public
def favicon() -> ResponseReturnValue:
    """Send whoever asks without having read the page to the icon."""
    return redirect(url_for("static", filename="favicon.svg"), 302)


def theme() -> str:
    """Return what the reader chose; "system" if nothing."""
    chosen = request.cookies.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else "system"


def safe_next(path: str, default: str = "/") -> str:
    """Return *path* if it leads to an address of ours, else *default*.

    Browsers read `//host` and `/\\host` as another host, and drop tabs and newlines first.
    """
    here = path.startswith("/") and not path.startswith("//")
    return path if here and path.isprintable() and "\\" not in path else default


def install(app: APIFlask) -> None:
    """Let visitors of *app* choose."""
    app.register_blueprint(site)
    app.jinja_env.globals.update(theme=theme, themes=THEMES)


def _chosen(name: str, allowed: tuple[str, ...]) -> str:
    choice = request.form.get(name, "")
    if choice not in allowed:
        raise invalid(f"/{name}", f"use one of {', '.join(allowed)}", "unknown_choice")
    return choice


def _kept(cookie: str, value: str) -> Response:
    response = Response(status=303)
    response.headers["Location"] = safe_next(request.values.get("next", ""))
    secure = runtime().settings.public_url.startswith("https:")
    response.set_cookie(cookie, value, max_age=YEAR, httponly=True, samesite="Lax", secure=secure)
    g.pop("language", None)
    return response
