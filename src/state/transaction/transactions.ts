import type { Clock } from "../../core/clock.ts";
import { MorningError } from "../../core/errors.ts";
import type { Ids } from "../../core/ids.ts";
import type { Statement, Store, Write } from "../../core/store.ts";
import type { Tracer } from "../../core/tracing.ts";
import { transactional } from "../../core/transaction.ts";
import type { Transactions, Tx, Writes } from "../../core/transaction.ts";
import { transactionErrors } from "./errors.ts";
import { duplicateCode, ledgerOf } from "./ledger.ts";
import type { Ledger } from "./ledger.ts";
import { transactionForm, transactionSpans } from "./spans.ts";
import type { TransactionSpans } from "./spans.ts";

/** What transactions need from the process that they run in. */
export interface TransactionsHost {
  /** The state store, opened when it is first needed. */
  store(): Promise<Store>;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Of the service that the transactions are of; nobody records if left out. */
  readonly tracer?: Tracer;
  /** The engine of the store, for spans: `sqlite`. */
  readonly engine?: string;
}

/** Statements that one transaction may have. */
export const statementsMax = 10_000;

/** Longest idempotency key, characters. */
export const keyLengthMax = 256;

/** Attempts of a write whose outcome is unknown: the ledger makes repeating it safe. */
const attemptsMax = 3;

type Collect = (tx: Tx) => void | Promise<void>;

/** What a transaction will write, and what to call once it is committed. */
interface Collected {
  readonly write: Write;
  readonly committed: () => void;
}

/** Runs `collect` and gives what it wrote, in the order of its calls. */
async function collected(
  scope: string,
  collect: Collect,
  spans: TransactionSpans | undefined,
): Promise<Collected> {
  const parts: Promise<readonly Statement[]>[] = [];
  const wake = new Set<string>();
  const callbacks: (() => void)[] = [];
  let ended = false;
  const writes: Writes = {
    add(statements, channels = []) {
      if (ended) throw transactionErrors.MOR_TRANSACTION_ENDED(`transaction of ${scope} has ended`);
      const part = Promise.resolve(statements);
      // Awaited below; an error in between must not count as unhandled.
      part.catch(() => {});
      parts.push(part);
      for (const channel of channels) wake.add(channel);
    },
    committed: (callback) => void callbacks.push(callback),
    ...(spans === undefined ? {} : { span: spans.span }),
  };
  try {
    await collect((held) => held[transactional](writes));
  } finally {
    ended = true;
  }
  const statements = (await Promise.all(parts)).flat();
  if (statements.length > statementsMax) {
    throw transactionErrors.MOR_TRANSACTION_TOO_LARGE(
      `transaction of ${scope}: ${statements.length} statements, at most ${statementsMax}`,
    );
  }
  const committed = (): void => callbacks.forEach((callback) => callback());
  return { write: { statements, wake: [...wake] }, committed };
}

function assertKey(scope: string, key: string): void {
  if (key.length > 0 && key.length <= keyLengthMax) return;
  throw transactionErrors.MOR_ONCE_KEY(
    `once in ${scope}: a key has 1 to ${keyLengthMax} characters, this one has ${key.length}`,
  );
}

/**
 * Writes `write` with the ledger's entry; whether this call was the first. A write of unknown
 * outcome is looked up by its token, so that the answer is right in that case too.
 */
async function writeOnce(
  store: Store,
  ledger: Ledger,
  entry: { readonly scope: string; readonly key: string; readonly token: string },
  write: Write,
): Promise<boolean> {
  const { scope, key, token } = entry;
  const statements = [ledger.enter(scope, key, token), ...write.statements];
  for (let attempt = 1; ; attempt++) {
    try {
      await store.write({ ...write, statements });
      return true;
    } catch (error) {
      if (MorningError.is(error, duplicateCode)) return false;
      if (!MorningError.is(error, "MOR_STATE_UNKNOWN_OUTCOME") || attempt >= attemptsMax) {
        throw error;
      }
      const found = await ledger.tokenOf(scope, key);
      if (found !== undefined) return found === token;
    }
  }
}

/** Begins the spans of a transaction and ends them with its outcome. */
type WithSpans = <T>(work: (spans: TransactionSpans | undefined) => Promise<T>) => Promise<T>;

function spansOf({ tracer, engine = "sqlite" }: TransactionsHost): WithSpans {
  if (tracer === undefined || !tracer.recording) return (work) => work(undefined);
  const form = transactionForm(engine);
  return (work) => {
    const spans = transactionSpans(tracer, form);
    if (spans === undefined) return work(undefined);
    return work(spans).then(
      (answer) => {
        spans.end();
        return answer;
      },
      (error: unknown) => {
        spans.fail(error);
        throw error;
      },
    );
  };
}

/**
 * Makes the transactions of one scope.
 * @param scope where ledger keys are unique: the service or handler, such as
 * `orders/payment-succeeded`
 */
export function makeTransactions(host: TransactionsHost, scope: string): Transactions {
  const withSpans = spansOf(host);
  return {
    transact: (collect) =>
      withSpans(async (spans) => {
        const { write, committed } = await collected(scope, collect, spans);
        if (write.statements.length === 0) return;
        spans?.told(write.statements.length);
        const store = await host.store();
        await store.write(write);
        committed();
      }),
    async once(key, collect) {
      assertKey(scope, key);
      const store = await host.store();
      const ledger = await ledgerOf(store, host.clock);
      if ((await ledger.tokenOf(scope, key)) !== undefined) return false;
      return withSpans(async (spans) => {
        const { write, committed } = await collected(scope, collect, spans);
        spans?.told(write.statements.length);
        const entry = { scope, key, token: host.ids.uuid() };
        const first = await writeOnce(store, ledger, entry, write);
        if (first) committed();
        await ledger.sweep();
        return first;
      });
    },
  };
}
