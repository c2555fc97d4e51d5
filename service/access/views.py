"""Staff sign in and out."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from service.web.callers import public_form, staff
from service.web.context import navigation

console = Blueprint("access", __name__, template_folder="templates", url_prefix="/console")


@console.get("")
@staff()
def home() -> ResponseReturnValue:
    items = navigation()
    return redirect(url_for(items[0].endpoint)) if items else render_template("access/home.html")


@console.get("/login")
@public_form
def login() -> ResponseReturnValue:
    return render_template("access/login.html")


@console.get("/account")
@staff()
def account() -> ResponseReturnValue:
    return ""


@console.post("/logout")
@staff()
def logout() -> ResponseReturnValue:
    return ""
