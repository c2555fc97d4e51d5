// Reads an RSS or Atom feed: its text → {title, items: [{id, title, link, date}]}.
import { readFileSync } from "node:fs";
import Parser from "rss-parser";

const feed = await new Parser().parseString(readFileSync(0, "utf8"));
const items = feed.items.map(({ guid, id, title, link, isoDate }) => ({
  id: guid ?? id,
  title,
  link,
  date: isoDate,
}));
console.log(JSON.stringify({ title: feed.title, items }));
