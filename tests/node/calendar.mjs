// Reads an iCalendar: its text → {method, events: [{uid, sequence, status, summary, start, end}]}.
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const calendar = new ICAL.Component(ICAL.parse(readFileSync(0, "utf8")));
const events = calendar.getAllSubcomponents("vevent").map((each) => ({
  uid: each.getFirstPropertyValue("uid"),
  sequence: each.getFirstPropertyValue("sequence"),
  status: each.getFirstPropertyValue("status"),
  summary: each.getFirstPropertyValue("summary"),
  start: each.getFirstPropertyValue("dtstart")?.toJSDate().toISOString(),
  end: each.getFirstPropertyValue("dtend")?.toJSDate().toISOString(),
}));
console.log(JSON.stringify({ method: calendar.getFirstPropertyValue("method"), events }));
