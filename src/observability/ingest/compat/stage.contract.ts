import { onTestFinished } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { readBatch } from "../../export/read.ts";
import type { Records } from "../../export/read.ts";
import type { DropCounter } from "../../signals/store.ts";
import { dropCounter } from "../dropped.ts";
import type { Authorize, Endpoint, Headers } from "../http/endpoint.ts";
import { gate } from "../http/gate.ts";
import { ingestServer } from "../http/server.ts";
import { intake } from "../intake.ts";
import type { Intake, IntakeLimits } from "../intake.ts";
import { foreignGate } from "./gate.ts";

/** A server of foreign protocols over a store in memory, for tests. */
export interface ForeignStage {
  readonly url: string;
  readonly port: number;
  readonly intake: Intake;
  readonly dropped: DropCounter;
  /** Headers by which senders were asked who they are. */
  readonly asked: Headers[];
  stored(): Records;
  post(path: string, body: Uint8Array | string, headers?: Headers): Promise<Response>;
}

/** Opens a server on a free port; the test that opens it closes it. */
export async function foreignStage(
  endpoints: (intake: Intake) => readonly Endpoint[],
  options: { readonly authorize?: Authorize; readonly limits?: Partial<IntakeLimits> } = {},
): Promise<ForeignStage> {
  const batches: Uint8Array[] = [];
  const asked: Headers[] = [];
  const clock = systemClock;
  const dropped = dropCounter({ clock, redact: (text) => text });
  const made = intake({
    clock,
    dropped,
    writer: { write: async (batch) => void batches.push(batch) },
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const authorize: Authorize = (headers, address) => {
    asked.push(headers);
    return options.authorize?.(headers, address) ?? { client: address };
  };
  const opened = foreignGate(gate({ intake: made, endpoints: endpoints(made), authorize }));
  const server = await ingestServer({ gate: opened, clock, host: "127.0.0.1", port: 0 });
  onTestFinished(async () => {
    await server.close();
    await made.close();
  });
  const url = `http://127.0.0.1:${server.port}`;
  return {
    url,
    port: server.port,
    intake: made,
    dropped,
    asked,
    stored() {
      const all = batches.map((batch) => readBatch(batch));
      return {
        logs: all.flatMap(({ logs }) => logs),
        spans: all.flatMap(({ spans }) => spans),
        points: all.flatMap(({ points }) => points),
        errors: all.flatMap(({ errors }) => errors),
      };
    },
    post: (path, body, headers = {}) =>
      fetch(`${url}${path}`, {
        method: "POST",
        body: typeof body === "string" ? body : Buffer.from(body),
        headers,
      }),
  };
}
