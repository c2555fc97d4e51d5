"""Notifications in a browser: offered to scripts alone, shown by a worker of our own.

The push service is its vendor's and out of reach: what it would bring is handed to the worker by
the browser's own tools.
"""

import json

from playwright.sync_api import CDPSession, Page, expect

from tests.browser.test_visitors import heading, subscribe

WORKER = "/-/static/push-worker.js"
TOLD = {"title": "Webmail", "body": "It is slow.", "tag": "event:1", "lang": "en", "url": "/"}


def full_page(site, visit, address: str, **options) -> Page:
    """Somebody's page, opened by the link of an hour."""
    page: Page = visit("/mesange/en/subscribe", **options)
    subscribe(page, address)
    page.goto(site.link_in_mail(address, "/c/"))
    page.get_by_role("button", name="Accept").click()
    heading(page, "You are subscribed")
    page.goto("/p")
    page.get_by_label("E-mail address").fill(address)
    page.keyboard.press("Enter")
    heading(page, "Look in your mailbox")
    page.goto(site.link_in_mail(address, "/p/"))
    heading(page, "My subscriptions")
    return page


def push(tools: CDPSession, registrations: list[dict[str, str]], origin: str) -> None:
    """Bring `TOLD` as the push service would."""
    given = {"origin": origin, "registrationId": registrations[-1]["registrationId"]}
    tools.send("ServiceWorker.deliverPushMessage", {**given, "data": json.dumps(TOLD)})


def test_a_browser_is_offered_asks_and_shows_what_comes(site, visit):
    page = full_page(site, visit, "finch@example.org")
    page.context.grant_permissions(["notifications"], origin=site.url)
    expect(page.get_by_role("button", name="Notify this browser")).to_be_visible()
    tools = page.context.new_cdp_session(page)
    registrations: list[dict[str, str]] = []
    tools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: registrations.extend(told["registrations"]),
    )
    tools.send("ServiceWorker.enable")
    page.evaluate("worker => activeWorker(worker)", WORKER)
    push(tools, registrations, site.url)
    page.wait_for_function(
        """async worker => {
            const registration = await navigator.serviceWorker.getRegistration(worker);
            const [shown] = await registration.getNotifications();
            return shown && shown.title === "Webmail" && shown.body === "It is slow.";
        }""",
        arg=WORKER,
    )


def test_without_scripts_nothing_is_offered_that_cannot_work(site, visit):
    page = full_page(site, visit, "siskin@example.org", java_script_enabled=False)
    expect(page.get_by_role("button", name="Notify this browser")).to_be_hidden()
    expect(page.get_by_role("button", name="Add", exact=True)).to_be_visible()
