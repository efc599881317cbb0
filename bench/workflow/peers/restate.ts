import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer as createHttp2 } from "node:http2";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { arch, platform } from "node:os";
import { fileURLToPath } from "node:url";
import { setTimeout as pause } from "node:timers/promises";
import { load } from "../../peers/load.ts";
import { inLanes, steps } from "../subject.ts";
import type { Place, Subject } from "../subject.ts";

/** The part of Restate's SDK that is used here. */
interface Sdk {
  service(definition: object): object;
  createEndpointHandler(
    options: object,
  ): (request: Http2ServerRequest, response: Http2ServerResponse) => void;
}

interface Clients {
  connect(options: { url: string }): {
    serviceClient(service: { name: string }): { run(input: object): Promise<number> };
  };
}

interface Context {
  run<T>(name: string, work: () => Promise<T>): Promise<T>;
}

/** How long its server may take to come up. */
const upMsMax = 60_000;

async function freePorts(count: number): Promise<number[]> {
  const held = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(held.map((server) => once(server, "listening")));
  const ports = held.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(held.map((server) => once(server.close(), "close")));
  return ports;
}

/** Ports of Restate's server. */
interface Ports {
  readonly ingress: number;
  readonly admin: number;
  readonly node: number;
}

function startServer(folder: string, ports: Ports, partitions: number | undefined): ChildProcess {
  const binary = `restate-server-${platform()}-${arch()}/bin/restate-server`;
  const modules = new URL("../../node_modules/@restatedev/", import.meta.url);
  return spawn(fileURLToPath(new URL(binary, modules)), ["--no-logo", "--listen-mode", "tcp"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      PATH: process.env["PATH"],
      HOME: folder,
      DO_NOT_TRACK: "1",
      RESTATE_DISABLE_TELEMETRY: "true",
      // It asks GitHub for its newest release, which no setting turns off, and complains offline.
      RESTATE_LOG_FILTER: "error,octocrab=off",
      RESTATE_BASE_DIR: folder,
      RESTATE_NODE_NAME: "bench",
      RESTATE_BIND_IP: "127.0.0.1",
      RESTATE_BIND_PORT: String(ports.node),
      RESTATE_ADMIN__BIND_PORT: String(ports.admin),
      RESTATE_INGRESS__BIND_PORT: String(ports.ingress),
      ...(partitions === undefined ? {} : { RESTATE_DEFAULT_NUM_PARTITIONS: String(partitions) }),
    },
  });
}

/** Tells the server where the workflow's code is, once it is up. */
async function register(admin: number, endpoint: number): Promise<void> {
  const began = performance.now();
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${admin}/deployments`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ uri: `http://127.0.0.1:${endpoint}` }),
    }).catch(() => undefined);
    if (answer?.ok === true) return;
    if (performance.now() - began > upMsMax) {
      throw new Error(`restate: no deployment: ${await answer?.text()}`);
    }
    await pause(100);
  }
}

/**
 * Restate's server with the workflow as a service of this process.
 * @param partitions what it has of its own if left out
 */
export async function openRestate({ folder }: Place, partitions?: number): Promise<Subject> {
  const [sdk, clients] = [
    await load<Sdk>("@restatedev/restate-sdk"),
    await load<Clients>("@restatedev/restate-sdk-clients"),
  ];
  const run = async (context: Context): Promise<number> => {
    for (let step = 0; step < steps; step++) await context.run(`step ${step}`, async () => step);
    return steps;
  };
  const services = [sdk.service({ name: "ten", handlers: { run } })];
  // Its two lines of log a workflow cost it a tenth.
  const endpoint = createHttp2(sdk.createEndpointHandler({ services, logger: () => {} }));
  await once(endpoint.listen(0, "127.0.0.1"), "listening");
  const [ingress = 0, admin = 0, node = 0] = await freePorts(3);
  const server = startServer(folder, { ingress, admin, node }, partitions);
  process.on("exit", () => server.kill("SIGKILL"));
  await register(admin, (endpoint.address() as AddressInfo).port);
  const ten = clients
    .connect({ url: `http://127.0.0.1:${ingress}` })
    .serviceClient({ name: "ten" });
  return {
    conditions:
      "server beside the process, HTTP/2 both ways; RocksDB log, fsync on, " +
      (partitions === undefined ? "its usual 24 partitions" : `${partitions} partition`),
    run: (order) => inLanes(order, () => ten.run({})),
    servers: async () => (server.pid === undefined ? [] : [server.pid]),
    async close() {
      const gone = once(server, "exit");
      server.kill("SIGTERM");
      await gone;
      endpoint.close();
    },
  };
}
