/** Sends one load to one store and tells what it cost. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Load } from "./load.ts";
import type { Running, Subject } from "./peers/peer.ts";
import { cpuSeconds, diskBytes, peakMib, quiet } from "./programs.ts";

/** What one store did with one load. */
export interface Measured {
  readonly subject: string;
  readonly load: Load;
  /** Records acknowledged in a second. */
  readonly perSecond: number;
  /** The same until everything that the store does about them was done. */
  readonly restedPerSecond: number;
  /** Processor seconds of the store for a million records, until it rested. */
  readonly cpuPerMillion: number;
  /** On the disk when it rested; absent where it has none. */
  readonly bytesPerRecord?: number;
  readonly peakMib: number;
  /** Milliseconds of a request, median and 99th percentile. */
  readonly p50: number;
  readonly p99: number;
  /** Requests that had to come again. */
  readonly again: number;
}

/** What the generator's process tells. */
interface Sending {
  readonly seconds: number;
  readonly again: number;
  readonly sha256: string;
  readonly p50: number;
  readonly p99: number;
}

/** Starts the generator, lets it begin, and waits for what it tells. */
async function send(url: string, load: Load, begun: () => void): Promise<Sending> {
  const script = fileURLToPath(new URL("sender.ts", import.meta.url));
  const args = ["--conditions=morning-source", script, url, load.file];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === "ready") {
      begun();
      child.stdin.write("go\n");
    } else return JSON.parse(line) as Sending;
  }
  throw new Error("the generator ended early");
}

async function sendTo(running: Running, subject: Subject, load: Load): Promise<Measured> {
  const url = running.urls[load.signal] ?? "";
  await quiet(running.pid);
  let cpuBefore = 0;
  let startedMs = 0;
  const sent = await send(url, load, () => {
    cpuBefore = cpuSeconds(running.pid);
    startedMs = performance.now();
  });
  if (sent.sha256 !== load.sha256) throw new Error("other bytes were sent than were made");
  await running.flush();
  const restedMs = await quiet(running.pid);
  const cpu = cpuSeconds(running.pid) - cpuBefore;
  const { records } = load;
  const kept = await running.count(load.signal);
  if (kept !== records) throw new Error(`${subject.name} has ${kept} of ${records} records`);
  return {
    subject: subject.name,
    load,
    perSecond: records / sent.seconds,
    restedPerSecond: (records * 1000) / (restedMs - startedMs),
    cpuPerMillion: (cpu * 1e6) / records,
    ...(running.folder === undefined
      ? {}
      : { bytesPerRecord: diskBytes(running.folder) / records }),
    peakMib: peakMib(running.pid),
    p50: sent.p50,
    p99: sent.p99,
    again: sent.again,
  };
}

/** Starts a store with empty files, sends it a load, and ends it. */
export async function measure(subject: Subject, load: Load): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "morning-ingest-"));
  const running = await subject.open(folder);
  try {
    return await sendTo(running, subject, load);
  } finally {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
