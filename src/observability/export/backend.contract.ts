import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";

/** A back end that runs for one test. */
export interface Backend {
  readonly folder: string;
  /** What it printed so far. */
  output(): string;
  close(): Promise<void>;
}

/** What a back end is started with. */
export interface BackendStart {
  readonly binary: string;
  /** Files to write into its folder first. */
  readonly files?: Readonly<Record<string, string>>;
  readonly arguments: (folder: string) => readonly string[];
  /** Address that answers, other than by 5xx, once it is ready. */
  readonly healthUrl: string;
}

/** Ports that nothing listens on. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const server of servers) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    ports.push((server.address() as AddressInfo).port);
  }
  await Promise.all(servers.map((server) => new Promise((resolve) => void server.close(resolve))));
  return ports;
}

/** Starts a program and waits until it answers. */
export async function startBackend(start: BackendStart): Promise<Backend> {
  const folder = mkdtempSync(join(tmpdir(), "morning-backend-"));
  for (const [name, text] of Object.entries(start.files ?? {})) {
    writeFileSync(join(folder, name), text);
  }
  const child = spawn(start.binary, start.arguments(folder), {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const keep = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-20_000));
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const close = async (): Promise<void> => {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await vi.waitFor(
      async () => {
        if (child.exitCode !== null) return;
        const { status } = await fetch(start.healthUrl);
        // A receiver of OTLP answers 405 to a GET: it is there.
        if (status >= 500) throw new Error(`${start.healthUrl} is not ready`);
      },
      { timeout: 30_000, interval: 100 },
    );
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
  } catch (error) {
    await close();
    throw new Error(`${start.binary} did not start: ${output}`, { cause: error });
  }
  return { folder, output: () => output, close };
}
