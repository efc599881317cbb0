import { coreErrors } from "../../core/errors.ts";
import type { MorningError } from "../../core/errors.ts";
import type { StatementResult, Write } from "../../core/store.ts";
import { engineErrors } from "../errors.ts";
import type { Step } from "./pipeline.ts";
import { bytesOf, plan } from "./values.ts";
import type { Planned } from "./values.ts";

/** A write that waits for its commit, ready to be sent. */
export interface Waiting {
  readonly write: Write;
  readonly planned: readonly Planned[];
  readonly steps: readonly Step[];
  readonly bytes: number;
  /** When it came, by the clock's monotonic time. */
  readonly sinceMs: number;
  resolve(results: readonly StatementResult[]): void;
  reject(error: unknown): void;
}

/** Bounds of what waits. */
export interface WaitingLimits {
  /** Bytes of parameters that may wait before MOR_STATE_BUSY. */
  readonly waitingBytesMax: number;
  /** Writes in one commit; more become several. */
  readonly groupWritesMax: number;
  /** Bytes in one commit after which it is full. */
  readonly groupBytesMax: number;
}

/** The bounds that a store has unless told otherwise. */
export const defaultWaitingLimits: WaitingLimits = {
  waitingBytesMax: 64 * 2 ** 20,
  groupWritesMax: 256,
  groupBytesMax: 4 * 2 ** 20,
};

/** The writes that wait, oldest first. */
export interface Queue {
  add(write: Write, sinceMs: number): Promise<readonly StatementResult[]>;
  /** The oldest writes, as many as one commit takes. */
  take(): readonly Waiting[];
  /** The writes of a group no longer wait. */
  leave(group: readonly Waiting[]): void;
  /** From now on every write is refused with `error`. */
  refuse(error: MorningError): void;
  readonly figures: { readonly waiting: number; readonly queued: number };
}

function assertBindable(step: Step, subject: string): void {
  for (const [index, value] of step.params.entries()) {
    const kind = typeof value;
    const fits = kind === "string" || kind === "number" || kind === "bigint";
    if (fits || value === null || (value as unknown) instanceof Uint8Array) continue;
    const text = `${subject}: parameter ${index + 1} is ${kind} in: ${step.sql.slice(0, 200)}`;
    throw coreErrors.MOR_INVALID(text);
  }
}

function ready(
  subject: string,
  write: Write,
): Pick<Waiting, "write" | "planned" | "steps" | "bytes"> {
  const planned = write.statements.map(plan);
  const steps = planned.flatMap((one) => one.steps);
  for (const step of steps) assertBindable(step, subject);
  const bytes = steps.reduce(
    (sum, { params }) => sum + params.reduce<number>((all, value) => all + bytesOf(value), 64),
    0,
  );
  return { write, planned, steps, bytes };
}

/** Makes the queue; `schedule` is called when something waits. */
export function makeQueue(subject: string, limits: WaitingLimits, schedule: () => void): Queue {
  let queued: Waiting[] = [];
  let waiting = 0;
  let bytes = 0;
  let refusal: MorningError | undefined;
  return {
    add: (write, sinceMs) =>
      new Promise((resolve, reject) => {
        if (refusal !== undefined) return reject(refusal);
        if (bytes >= limits.waitingBytesMax) {
          const mib = Math.round(limits.waitingBytesMax / 2 ** 20);
          const text = `${subject}: ${mib} MiB of writes wait for PostgreSQL`;
          return reject(engineErrors.MOR_STATE_BUSY(text, { details: { ...limits } }));
        }
        const one = { ...ready(subject, write), sinceMs, resolve, reject };
        queued.push(one);
        waiting++;
        bytes += one.bytes;
        schedule();
      }),
    take() {
      let groupBytes = 0;
      let count = 0;
      while (count < queued.length && count < limits.groupWritesMax) {
        groupBytes += queued[count]?.bytes ?? 0;
        if (count > 0 && groupBytes > limits.groupBytesMax) break;
        count++;
      }
      const group = queued.slice(0, count);
      queued = queued.slice(count);
      return group;
    },
    leave(group) {
      waiting -= group.length;
      for (const one of group) bytes -= one.bytes;
    },
    refuse(error) {
      refusal = error;
    },
    get figures() {
      return { waiting, queued: queued.length };
    },
  };
}
