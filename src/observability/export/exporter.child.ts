/** A process that offers log records with numbers and prints those that it was promised to keep. */
import { writeSync } from "node:fs";
import { systemClock } from "../../core/clock.ts";
import { systemRandom } from "../../core/ids.ts";
import { openExporter } from "./exporter.ts";
import { batchOf, samples } from "./records.contract.ts";

const [folder = "", url = "", first = "0"] = process.argv.slice(2);

/** Straight to the descriptor: what is printed is out, even if the next instruction never comes. */
function print(line: string): void {
  for (;;) {
    try {
      writeSync(1, `${line}\n`);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
  }
}

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
