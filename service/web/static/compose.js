/* The preview follows what one writes: the server renders it, a moment after the last key. */
"use strict";

const form = document.querySelector("[data-compose]");
let waiting;

async function refresh() {
  const body = new FormData(form);
  body.set("preview", "1");
  const answer = await fetch(location.href, { method: "POST", body }).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of form.querySelectorAll(".preview")) {
    const fresh = page.getElementById(part.id);
    if (fresh) part.replaceChildren(...fresh.childNodes);
  }
}

form?.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(refresh, 400);
});
