import type { Clock } from "../../core/clock.ts";
import { MorningError } from "../../core/errors.ts";
import type { Statement, Store } from "../../core/store.ts";
import { placeholders } from "../../engines/sql.ts";

/** The right to evaluate: one process has it at a time. */
export interface Lease {
  /** Takes it, or keeps it; which epoch it is, or nothing while another process has it. */
  hold(): Promise<number | undefined>;
  /** Undoes a write whose process has lost the lease: first in its statements. */
  fence(epoch: number): Statement;
  release(): Promise<void>;
}

/** How long it lasts without being kept, and when it is kept again, milliseconds. */
const leaseMs = 30_000;
const renewMs = 15_000;

const lost = { code: "MOR_ALERT_LEASE", message: "another process evaluates the alerts now" };

/** Opens the lease in `store`; `holder` names this process. */
export function openLease(store: Store, clock: Clock, holder: string): Lease {
  const sql = (text: string): string => placeholders(store.dialect, text);
  let held: { readonly epoch: number; readonly untilMs: number } | undefined;
  const take = async (nowMs: number): Promise<number | undefined> => {
    const text = `update alert_lease set until_at = ?,
        epoch = case when holder = ? then epoch else epoch + 1 end, holder = ?
      where id = 1 and (holder = ? or until_at <= ?) returning epoch`;
    const params = [nowMs + leaseMs, holder, holder, holder, nowMs];
    const [result] = await store.write({ statements: [{ sql: sql(text), params }] });
    const epoch = result?.rows[0]?.["epoch"];
    held = epoch === undefined ? undefined : { epoch: Number(epoch), untilMs: nowMs + leaseMs };
    return held?.epoch;
  };
  return {
    async hold() {
      const nowMs = clock.now();
      if (held !== undefined && held.untilMs - nowMs > leaseMs - renewMs) return held.epoch;
      return take(nowMs);
    },
    fence: (epoch) => ({
      sql: sql("update alert_lease set epoch = epoch where id = 1 and holder = ? and epoch = ?"),
      params: [holder, epoch],
      expect: { rows: 1, error: lost },
    }),
    async release() {
      if (held === undefined) return;
      const text = "update alert_lease set until_at = 0 where id = 1 and holder = ? and epoch = ?";
      const params = [holder, held.epoch];
      held = undefined;
      await store.write({ statements: [{ sql: sql(text), params }] });
    },
  };
}

/** Whether an error says that the lease was lost. */
export function isLeaseLost(error: unknown): boolean {
  return MorningError.is(error, "MOR_ALERT_LEASE");
}
