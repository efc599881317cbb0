import type { Store, Write } from "../../core/store.ts";
import type { Tx } from "../../core/transaction.ts";
import { makeTransactions } from "../../state/transaction/index.ts";
import type { Made } from "./attempted.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * Collects what a transaction writes, and leaves its commit to whoever takes it: callbacks and
 * spans of the transaction hear of that commit.
 * @param scope the workflow
 */
export async function gathered(
  { store, clock, ids, program }: Pick<Surroundings, "store" | "clock" | "ids" | "program">,
  scope: string,
  collect: (tx: Tx) => void | Promise<void>,
): Promise<Made> {
  let take: (write: Write) => void = () => {};
  const taken = new Promise<Write>((resolve) => (take = resolve));
  let told: (refusal?: unknown) => void = () => {};
  const answer = new Promise<void>((resolve, reject) => {
    told = (refusal) => (refusal === undefined ? resolve() : reject(refusal as Error));
  });
  answer.catch(() => {});
  const gate: Store = Object.create(store, {
    write: {
      value: async (write: Write) => {
        take(write);
        await answer;
        return [];
      },
    },
  }) as Store;
  const { tracer } = program;
  const traced = tracer === undefined ? {} : { tracer };
  const host = { store: () => Promise.resolve(gate), clock, ids, ...traced };
  const whole = makeTransactions(host, scope).transact(collect);
  // Its failure after the statements were taken is the one that it was told.
  whole.catch(() => {});
  const write = await Promise.race([taken, whole.then(() => ({ statements: [] }) as Write)]);
  const { statements, wake = [] } = write;
  return { value: "", beside: { statements, wake }, told };
}
