// Asks a page as programs ask one of Statuspage: its address → what an existing client was told.
import { readFileSync } from "node:fs";
import { Statuspage } from "statuspage.io";

const client = new Statuspage("unused");
client.setApiUrl(readFileSync(0, "utf8"));
const asked = {
  summary: client.api.getSummary(),
  status: client.api.getStatus(),
  components: client.api.getComponents(),
  incidents: client.api.incidents.getAll(),
  "incidents/unresolved": client.api.incidents.getUnresolved(),
  "scheduled-maintenances/upcoming": client.api.scheduledMaintenances.getUpcoming(),
};
const told = await Promise.all(Object.values(asked));
console.log(JSON.stringify(Object.fromEntries(Object.keys(asked).map((name, n) => [name, told[n]]))));
