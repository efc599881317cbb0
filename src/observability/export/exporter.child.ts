/** A process that offers log records with numbers and prints those that it was promised to keep. */
import { systemClock } from "../../core/clock.ts";
import { systemRandom } from "../../core/ids.ts";
import { openExporter } from "./exporter.ts";
import { batchOf, samples } from "./records.contract.ts";
import { print } from "../../testing/print.ts";

const [folder = "", url = "", first = "0"] = process.argv.slice(2);

const exporter = await openExporter({
  folder,
  destinations: [{ name: "peer", kind: "otlp-http", url, lingerMs: 5, recordsMax: 50 }],
  clock: systemClock,
  random: systemRandom,
  limits: { segmentBytesMax: 20_000 },
});
const made = samples(1);
for (let id = Number(first); ;) {
  const ids = Array.from({ length: 5 }, () => id++);
  const kept = await Promise.all(
    ids.map((one) =>
      exporter.offer(batchOf({ logs: [made.log({ body: `${one}`, attributes: {} })] })),
    ),
  );
  for (const [index, one] of ids.entries())
    print(`${kept[index] === true ? "kept" : "lost"} ${one}`);
}
