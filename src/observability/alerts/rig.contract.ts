import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Notification, Notifier } from "../../core/capabilities/notifier.ts";
import { makeIds, seededRandom } from "../../core/ids.ts";
import { makeLog } from "../../core/log.ts";
import { makeMetrics } from "../../core/metrics.ts";
import type { Store } from "../../core/store.ts";
import { openSqlite } from "../../engines/sqlite/store.ts";
import { simulatedClock } from "../../testing/clock.ts";
import type { SimulatedClock } from "../../testing/clock.ts";
import type { ErrorGroup } from "../errors/groups.ts";
import type { KnownPattern } from "../logs/pattern-book.ts";
import type { SloResource } from "../slo/slo.ts";
import { memoryReader } from "../testing/memory-reader.ts";
import { span } from "../testing/spans.ts";
import type { AlertResource } from "./alert.ts";
import { openAlerts } from "./engine.ts";
import type { AlertEngine, AlertsOptions } from "./engine.ts";

/** When simulations begin: a Thursday, 00:00 UTC. */
export const startMs: number = Date.UTC(2026, 0, 1);

/** A notifier that keeps what it was given; it fails while `failing` is set. */
export interface Inbox extends Notifier {
  readonly got: Notification[];
  failing: boolean;
}

/** Makes an inbox. */
export function inbox(name: string = "inbox"): Inbox {
  const made: Inbox = {
    name,
    got: [],
    failing: false,
    async send(notification) {
      if (made.failing) throw new Error("the inbox is shut");
      made.got.push(notification);
    },
  };
  return made;
}

/** Everything that a simulation of alerts has. */
export interface Rig {
  readonly clock: SimulatedClock;
  readonly store: Store;
  readonly held: ReturnType<typeof memoryReader>["held"];
  readonly inbox: Inbox;
  readonly groups: ErrorGroup[];
  readonly patterns: Map<string, KnownPattern>;
  readonly options: AlertsOptions;
  /** The engine that runs now; `restart` makes another over the same store. */
  engine(): AlertEngine;
  restart(): Promise<void>;
  /** Adds spans of one service at the present time. */
  spans(many: number, rest?: Parameters<typeof span>[0] | object): void;
  /** Moves time on by steps and runs a round and a delivery after each. */
  run(forMs: number, everyMs?: number, each?: () => void): Promise<void>;
  close(): Promise<void>;
}

/** Makes a simulation. */
export async function makeRig(
  alerts: readonly AlertResource[],
  objectives: readonly SloResource[] = [],
  opened?: (clock: SimulatedClock) => Promise<Store>,
): Promise<Rig> {
  const clock = simulatedClock(startMs);
  const folder = mkdtempSync(join(tmpdir(), "morning-alerts-"));
  const path = join(folder, "state.db");
  const store = await (opened?.(clock) ?? openSqlite({ path, clock }));
  const reader = memoryReader();
  const groups: ErrorGroup[] = [];
  const patterns = new Map<string, KnownPattern>();
  const random = seededRandom(4);
  const told = inbox();
  const options: AlertsOptions = {
    store,
    reader,
    groups: { list: async () => groups },
    patterns: { get: async () => patterns },
    clock,
    random,
    ids: makeIds(clock, random),
    log: makeLog(() => {}),
    metrics: makeMetrics(),
    alerts,
    objectives,
    notifiers: [told],
    url: "https://morning.example/alerts",
  };
  let engine = await openAlerts(options);
  let ids = 0;
  return {
    clock,
    store,
    held: reader.held,
    inbox: told,
    groups,
    patterns,
    options,
    engine: () => engine,
    async restart() {
      await engine.stop();
      engine = await openAlerts(options);
    },
    spans(many, rest = {}) {
      for (let at = 0; at < many; at++) {
        const startNs = BigInt(clock.now()) * 1_000_000n;
        reader.held.spans.push(span({ id: String(ids++), service: "shop", startNs, ...rest }));
      }
    },
    async run(forMs, everyMs = 30_000, each = () => {}) {
      for (let passed = 0; passed < forMs; passed += everyMs) {
        each();
        clock.advance(everyMs);
        await engine.round();
        await engine.deliver();
      }
    },
    async close() {
      await engine.stop();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}
