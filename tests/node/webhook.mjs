// Verifies a webhook with the official library: {secret, headers, body} → {type} or {error}.
import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";

const { secret, headers, body } = JSON.parse(readFileSync(0, "utf8"));
try {
  const verified = new Webhook(secret).verify(body, headers);
  console.log(JSON.stringify({ type: verified.type }));
} catch (error) {
  console.log(JSON.stringify({ error: error.message }));
}
