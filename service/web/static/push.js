// Offers this browser as one more place to be told, where it can be one.
"use strict";

async function activeWorker(address) {
  const registration = await navigator.serviceWorker.register(address);
  const coming = registration.installing || registration.waiting;
  if (!registration.active && coming) {
    await new Promise((done) => {
      coming.addEventListener("statechange", () => coming.state === "activated" && done());
    });
  }
  return registration;
}

const place = document.querySelector("[data-push-key]");
if (place && "serviceWorker" in navigator && "PushManager" in window) {
  const form = place.querySelector("form");
  const refused = place.querySelector("[role=alert]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    refused.hidden = true;
    try {
      const worker = await activeWorker(place.dataset.pushWorker);
      const wish = { userVisibleOnly: true, applicationServerKey: place.dataset.pushKey };
      form.elements.way.value = JSON.stringify(await worker.pushManager.subscribe(wish));
      form.submit();
    } catch {
      refused.hidden = false;
    }
  });
  place.hidden = false;
}
