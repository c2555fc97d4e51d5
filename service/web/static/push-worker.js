// Shows what a push service brings, and leads to the page it is about. It touches nothing else.
"use strict";

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("push", (event) => {
  const told = event.data ? event.data.json() : {};
  const { title = self.location.hostname, body = "", tag = "", lang = "", url = "" } = told;
  const icon = new URL("favicon.svg", self.location).href;
  event.waitUntil(self.registration.showNotification(title, { body, tag, lang, icon, data: { url } }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { url } = event.notification.data;
  if (/^https?:/.test(url)) event.waitUntil(self.clients.openWindow(url));
});
