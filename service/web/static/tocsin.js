/* Enhancements only: every page works without. */
"use strict";

/* "Copy" buttons appear where the clipboard is within reach, in what is exchanged later too. */
function offerCopies() {
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
}
if (navigator.clipboard) {
  offerCopies();
  document.addEventListener("tocsin:fresh", offerCopies);
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button || button.dataset.label) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    button.dataset.label = button.innerHTML;
    button.textContent = button.dataset.copied;
    setTimeout(() => {
      button.innerHTML = button.dataset.label;
      delete button.dataset.label;
    }, 2000);
  });
}

/* A form is sent once, however often its button is pressed. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

/* The first field that was refused is where one wants to be. */
document.querySelector("[aria-invalid=true]")?.focus();

/* What moves is read again, unless somebody marks text in it or looks elsewhere. The focus, what was
   folded out and how far a wide table was scrolled stay as they are. */
const REACHED = "a, button, summary, [tabindex]";
const WIDE = ".table-scroll, .chart-scroll";

function refreshed(part, fresh) {
  const place = [...part.querySelectorAll(REACHED)].indexOf(document.activeElement);
  const open = [...part.querySelectorAll("details")].map((each) => each.open);
  const moved = [...part.querySelectorAll(WIDE)].map((each) => each.scrollLeft);
  part.replaceChildren(...fresh.childNodes);
  part.querySelectorAll("details").forEach((each, i) => { each.open = open[i] ?? each.open; });
  part.querySelectorAll(WIDE).forEach((each, i) => { each.scrollLeft = moved[i] ?? 0; });
  if (place >= 0) part.querySelectorAll(REACHED)[place]?.focus({ preventScroll: true });
}

for (const part of document.querySelectorAll("[data-refresh]")) {
  const timer = setInterval(async () => {
    const selected = getSelection();
    const busy = part.contains(document.activeElement) && document.activeElement.form ||
      (!selected.isCollapsed && part.contains(selected.anchorNode));
    if (document.hidden || busy) return;
    const answer = await fetch(location.href).catch(() => null);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(part.id);
    if (!fresh) return;
    refreshed(part, fresh);
    if (!fresh.dataset.refresh) clearInterval(timer);
  }, part.dataset.refresh * 1000);
}
