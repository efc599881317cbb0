import { systemClock } from "../../core/clock.ts";
import type { Clock } from "../../core/clock.ts";
import { readBatch } from "../export/read.ts";
import type { Records } from "../export/read.ts";
import type { DropCounter } from "../signals/store.ts";
import { dropCounter } from "./dropped.ts";
import type { Authorize } from "./http/endpoint.ts";
import { intake } from "./intake.ts";
import type { Intake, IntakeLimits } from "./intake.ts";
import { ingest } from "./server.ts";
import type { Ingest, IngestOptions } from "./server.ts";

/** An ingest over a store in memory, for tests. */
export interface Stage {
  readonly ingest: Ingest;
  readonly intake: Intake;
  readonly dropped: DropCounter;
  readonly http: number;
  readonly grpc: number;
  /** Everything that was stored, in order. */
  stored(): Records;
  /** Forgets what was stored. */
  clear(): void;
  close(): Promise<void>;
}

/** How a stage differs from the default. */
export interface StageOptions {
  readonly clock?: Clock;
  readonly authorize?: Authorize;
  readonly write?: (batch: Uint8Array) => Promise<void>;
  readonly limits?: Partial<IntakeLimits>;
  readonly ingest?: Partial<IngestOptions>;
}

/** Lets everybody in, by address. */
export const anybody: Authorize = (_headers, remoteAddress) => ({ client: remoteAddress });

/** A fingerprint that tests can read. */
export const plainFingerprint = (type: string, _m: string, _s: string, service: string): string =>
  `${service}/${type}`;

/** Opens an ingest on free ports. */
export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const clock = options.clock ?? systemClock;
  const batches: Uint8Array[] = [];
  const dropped = dropCounter({ clock, redact: (text) => text });
  const made = intake({
    clock,
    dropped,
    writer: {
      async write(batch) {
        await options.write?.(batch);
        batches.push(batch);
      },
    },
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const opened = ingest({
    intake: made,
    clock,
    authorize: options.authorize ?? anybody,
    fingerprint: plainFingerprint,
    ...options.ingest,
  });
  const ports = await opened.listen({ host: "127.0.0.1", httpPort: 0, grpcPort: 0 });
  return {
    ingest: opened,
    intake: made,
    dropped,
    http: ports.http ?? 0,
    grpc: ports.grpc ?? 0,
    stored() {
      const all = batches.map((batch) => readBatch(batch));
      return {
        logs: all.flatMap(({ logs }) => logs),
        spans: all.flatMap(({ spans }) => spans),
        points: all.flatMap(({ points }) => points),
        errors: all.flatMap(({ errors }) => errors),
      };
    },
    clear: () => void batches.splice(0),
    async close() {
      await opened.close();
      await made.close();
    },
  };
}
