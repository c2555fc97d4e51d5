/* Enhancements of the public site only: every page works without. */
"use strict";

/* The page is read again; what changed is put in place, and the focus stays where it was. */
const EVERY = 30;
const FOCUSABLE = "a[href], button, input, select, summary, [tabindex]";
let known = null;
const served = new Map(
  [...document.querySelectorAll("[data-live]")].map((part) => [part.id, part.innerHTML]),
);

function placeOf(element, part) {
  const owner = element.closest("[id]");
  const around = owner && part.contains(owner) ? owner : part;
  return [around.id, [...around.querySelectorAll(FOCUSABLE)].indexOf(element)];
}

function exchange(part, fresh) {
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  const place = focused && placeOf(focused, part);
  const open = new Map([...part.querySelectorAll("details[id]")].map((it) => [it.id, it.open]));
  part.replaceChildren(...fresh.childNodes);
  for (const it of part.querySelectorAll("details[id]")) it.open = open.get(it.id) ?? it.open;
  if (!place) return;
  const [id, index] = place;
  const around = document.getElementById(id) ?? part;
  const there = index < 0 ? around : around.querySelectorAll(FOCUSABLE)[index];
  (there ?? around).focus({ preventScroll: true });
}

/* A page that is shown while the database is away says so, and no longer once it is back. */
function sayWhetherStale(page) {
  const fresh = page.querySelector(".stale-said");
  const here = document.querySelector(".stale-said");
  if (fresh?.textContent === here?.textContent) return;
  here?.remove();
  if (fresh) document.getElementById("content").before(fresh);
}

async function look() {
  const selected = getSelection();
  if (document.hidden || !selected.isCollapsed) return;
  const answer = await fetch(location.href, { cache: "no-cache" }).catch(() => null);
  const mark = answer?.headers.get("etag");
  if (!answer?.ok || (mark && mark === known)) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  sayWhetherStale(page);
  let changed = false;
  for (const part of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(part.id);
    const text = fresh?.innerHTML;
    if (!fresh || served.get(part.id) === text) continue;
    exchange(part, fresh);
    served.set(part.id, text);
    changed = true;
  }
  if (changed) {
    document.title = page.title;
    const icon = page.querySelector("link[rel=icon]");
    if (icon) document.querySelector("link[rel=icon]").href = icon.getAttribute("href");
    const said = document.getElementById("live-said");
    said.textContent = `${said.dataset.said} ${page.querySelector("h1")?.textContent ?? ""}`;
    showZone();
    document.dispatchEvent(new Event("tocsin:fresh"));
  }
  known = mark;
}

/* Times on the reader's own clock, on demand. */
const toggle = document.querySelector("[data-zone-toggle]");
let mine = false;

function showZone() {
  for (const time of document.querySelectorAll("time[datetime]")) {
    time.dataset.there ??= time.textContent;
    const options = { dateStyle: "medium", timeStyle: "short" };
    const here = new Date(time.dateTime).toLocaleString(document.documentElement.lang, options);
    time.textContent = mine ? here : time.dataset.there;
  }
}

if (toggle) {
  toggle.hidden = false;
  toggle.addEventListener("click", () => {
    mine = !mine;
    [toggle.textContent, toggle.dataset.there] = [toggle.dataset.there, toggle.textContent];
    showZone();
  });
}
if (document.querySelector("[data-live]")) setInterval(look, EVERY * 1000);
