/** A process that owns a state file and serves it on a socket: the tests kill and stop it. */
import { writeSync } from "node:fs";
import { systemClock } from "../../core/clock.ts";
import { systemRandom } from "../../core/ids.ts";
import { openSqlite } from "../sqlite/store.ts";
import { serveSocket } from "./server.ts";
import { offerStore } from "./store.ts";

const [folder = ""] = process.argv.slice(2);
const store = await openSqlite({ path: `${folder}/state.db`, clock: systemClock });
const offer = offerStore(store);
await serveSocket({
  path: `${folder}/socket`,
  clock: systemClock,
  random: systemRandom,
  listen: offer.listen,
  services: { ...offer.services, slow: { never: () => new Promise(() => {}) } },
});
writeSync(1, "ready\n");
