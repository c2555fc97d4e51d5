/* Keys for those who decide all day: j and k walk the queue, Enter opens; a and r choose, and
   pressed again they act. Everything works without. */
"use strict";

const list = document.querySelector("[data-keys=queue]");
const form = document.querySelector("[data-keys=case]");
const titles = list ? [...list.querySelectorAll(".row-title a")] : [];

for (const hint of document.querySelectorAll("[data-keys-hint]")) hint.hidden = false;

function walk(step) {
  const at = titles.indexOf(document.activeElement);
  const next = titles[at < 0 ? (step > 0 ? 0 : titles.length - 1) : at + step];
  next?.focus();
}

function choose(key) {
  const button = form?.querySelector(`[data-key=${key}]`);
  if (!button) return;
  if (document.activeElement === button) button.click();
  else button.focus();
}

document.addEventListener("keydown", (event) => {
  const busy = event.target.closest("input, textarea, select");
  if (busy || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "j") walk(1);
  else if (event.key === "k") walk(-1);
  else if (event.key === "a" || event.key === "r") choose(event.key);
  else return;
  event.preventDefault();
});
