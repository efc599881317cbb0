import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it, vi } from "vitest";
import { systemClock } from "../../core/clock.ts";
import { seededRandom } from "../../core/ids.ts";
import { otlpMessages } from "../ingest/otlp/proto.contract.ts";
import { openExporter } from "./exporter.ts";
import { faultyServer, reply, reset } from "./faults.contract.ts";
import type { FaultyServer, Reply } from "./faults.contract.ts";

const kills = process.env["MORNING_SIZE"] === "soak" ? 100 : 4;
const seed = Number(process.env["MORNING_SEED"] ?? 17);
/** Each kill starts a process, which takes seconds where many others run. */
const limitMs = 60_000 + kills * 6_000;
const type = otlpMessages().lookupType("LogsRequest");

/** Numbers of the log records in a request. */
function numbersIn(body: Buffer): number[] {
  const text = JSON.stringify(type.toObject(type.decode(body)));
  return [...text.matchAll(/"string_value":"(\d+)"\}/g)].map(([, id]) => Number(id));
}

interface Run {
  readonly folder: string;
  readonly first: number;
  /** Records that are promised before the kill. */
  readonly count: number;
  /** Requests that are made before it. */
  readonly requests: number;
}

/** Runs the child until it may be killed, kills it, and gives the numbers that it promised. */
async function killAfter(server: FaultyServer, run: Run): Promise<number[]> {
  const { folder, first, count, requests } = run;
  const { url } = server;
  const before = server.got.length;
  const script = fileURLToPath(new URL("exporter.child.ts", import.meta.url));
  const child = spawn(process.execPath, [script, folder, url, `${first}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const kept: number[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, id] = line.split(" ");
    if (word === "kept") kept.push(Number(id));
    const isDue = kept.length >= count && server.got.length - before >= requests;
    if (isDue) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  expect(child.signalCode).toBe("SIGKILL");
  return kept;
}

/** Answers of a back end in trouble: most requests fail, some after they were taken. */
function troubled(server: FaultyServer, taken: Set<number>, random: () => number): Reply {
  const answer: Reply = (response, got) => {
    server.replies.push(answer);
    const draw = random();
    if (draw < 0.6) for (const id of numbersIn(got.body)) taken.add(id);
    if (draw < 0.4) reply(200)(response, got);
    else if (draw < 0.8) reset(response, got);
    else reply(503)(response, got);
  };
  return answer;
}

it(
  `what was kept reaches its destination after ${kills} kills (seed ${seed})`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "morning-kill-"));
    const server = await faultyServer();
    const random = seededRandom(seed);
    const taken = new Set<number>();
    server.replies.push(troubled(server, taken, () => random.next()));
    const kept: number[] = [];
    try {
      for (let run = 0; run < kills; run++) {
        const count = 5 + Math.floor(random.next() * 400);
        const requests = Math.floor(random.next() * 3);
        const first = run * 1_000_000;
        kept.push(...(await killAfter(server, { folder, first, count, requests })));
      }
      server.replies.splice(0, Infinity, sound);
      const last = await openExporter({
        folder,
        destinations: [{ name: "peer", kind: "otlp-http", url: server.url, lingerMs: 0 }],
        clock: systemClock,
        random,
      });
      await vi.waitFor(() => expect(last.figures()[0]?.waitingBytes).toBe(0), { timeout: 20_000 });
      expect(last.figures()[0]?.lost).toEqual({});
      await last.close();
      expect(kept.filter((id) => !taken.has(id))).toEqual([]);
      expect(kept.length).toBeGreaterThan(kills * 5);
    } finally {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    }

    function sound(...[response, got]: Parameters<Reply>): void {
      server.replies.push(sound);
      for (const id of numbersIn(got.body)) taken.add(id);
      reply(200)(response, got);
    }
  },
  limitMs,
);
