// Verifies DKIM with mailauth and reads MIME with postal-mime:
// {message: base64, name, record} → {dkim: {status, comment, algorithm, signed}, subject, html, text, calendar}.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import PostalMime from "postal-mime";

const { dkimVerify } = createRequire(import.meta.url)("mailauth/lib/dkim/verify");
const { message, name, record } = JSON.parse(readFileSync(0, "utf8"));
const raw = Buffer.from(message, "base64");
const resolver = async (asked, kind) => {
  if (asked === name && kind === "TXT") return [[record]];
  throw Object.assign(new Error("not found"), { code: "ENOTFOUND" });
};
const { results } = await dkimVerify(raw, { resolver });
const mail = await PostalMime.parse(raw);
const calendar = mail.attachments.find((each) => each.mimeType === "text/calendar");
console.log(
  JSON.stringify({
    dkim: results.map((each) => ({
      status: each.status.result,
      comment: each.status.comment ?? "",
      algorithm: each.algo ?? "",
      signed: each.signingHeaders?.keys ?? "",
    })),
    subject: mail.subject,
    html: mail.html ?? "",
    text: mail.text ?? "",
    calendar: calendar ? new TextDecoder().decode(calendar.content) : "",
  }),
);
