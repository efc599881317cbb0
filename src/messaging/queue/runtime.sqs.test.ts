import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { outbox } from "../../core/capabilities/outbox.ts";
import { systemClock } from "../../core/clock.ts";
import { currentContext, withContext } from "../../core/context.ts";
import { makeIds, systemRandom } from "../../core/ids.ts";
import { handle } from "../../core/receiver.ts";
import type { HandlerCall, Receiving } from "../../core/receiver.ts";
import { openInline } from "../../engines/sqlite/inline.ts";
import { makeTransactions, openOutbox } from "../../state/transaction/index.ts";
import { emulatorScope, provision } from "../../testing/aws/provision.ts";
import { sqsMakers } from "../../testing/aws/sqs.ts";
import { testHost } from "../../testing/host.ts";
import { driver as sqs } from "./drivers/sqs.ts";
import { queueResources } from "./infra.ts";
import { queue } from "./queue.ts";
import type { ConsumeOptions, Consumer, Queue, Sender } from "./queue.ts";
import { openQueues } from "./runtime.ts";
import type { QueueRuntime } from "./runtime.ts";

const url = process.env["MORNING_TEST_MINISTACK_URL"];
const region = "us-east-1";

const Job = z.object({ n: z.number() });
const message = Job;
const plain = queue("plain", { message });
const flows = queue("flows", { message });
const ordered = queue("ordered", { message, fifo: true });
const declared = [plain, flows, ordered];

describe.skipIf(url === undefined)(
  "the runtime over sqs [needs MORNING_TEST_MINISTACK_URL]",
  () => {
    const app = `r-${makeIds(systemClock, systemRandom).hex(4)}`;
    const store = openInline({ clock: systemClock });
    const base = testHost({ app, store });
    const transactions = makeTransactions(
      { store: async () => store, clock: systemClock, ids: base.ids },
      "worker",
    );
    const host = { ...base, transactions: () => transactions };
    let runtime: QueueRuntime;
    let close: () => Promise<void>;
    const receivings: Receiving[] = [];

    const sender = (to: Queue<z.infer<typeof Job>>): Sender<z.infer<typeof Job>> =>
      runtime.hold(to.sender(), { service: "shop" }) as Sender<z.infer<typeof Job>>;

    /** Resolves with the numbers of the messages once `count` were handled. */
    function received(
      from: Queue<z.infer<typeof Job>>,
      count: number,
      options: ConsumeOptions<z.infer<typeof Job>> = {},
      run: (n: number, call: HandlerCall) => unknown = () => {},
    ): Promise<readonly number[]> {
      const { promise, resolve } = Promise.withResolvers<readonly number[]>();
      const seen: number[] = [];
      const consumer = runtime.hold(from.consumer(), { service: "worker" });
      const handler = async ({ n }: { n: number }, call: HandlerCall): Promise<void> => {
        await run(n, call);
        if (seen.push(n) === count) resolve(seen);
      };
      receivings.push(handle(consumer as Consumer<z.infer<typeof Job>>, options, handler).start());
      return promise;
    }

    beforeAll(async () => {
      const driver = await sqs.open(host, { region, endpoint: url });
      const scope = emulatorScope({
        app,
        environment: host.environment,
        region,
        account: "000000000000",
      });
      const makers = sqsMakers(url ?? "", region);
      for (const { spec } of declared) await provision(queueResources(spec, scope), scope, makers);
      const box = await openOutbox(store, host);
      host.provide(outbox, box);
      runtime = await openQueues(host, driver, declared);
      await runtime.start?.();
      close = async () => {
        await Promise.all(receivings.map((one) => one.stop(1000)));
        await box.close();
        await runtime.close();
        await driver.close();
        await store.close();
      };
    }, 60_000);
    afterAll(() => close());

    test("sends, batches and transactions are handled within their context", async () => {
      const identities = new Set<string | undefined>();
      const all = received(plain, 4, {}, () => void identities.add(currentContext()?.identity));
      const trace = { traceId: "1".repeat(32), spanId: "2".repeat(16), sampled: true };
      await withContext({ trace, baggage: {}, identity: "u1" }, async () => {
        await sender(plain).send({ n: 1 });
        await sender(plain).sendBatch([{ message: { n: 2 } }, { message: { n: 3 } }]);
        await transactions.transact((tx) => tx(sender(plain)).send({ n: 4 }));
      });
      expect(new Set(await all)).toEqual(new Set([1, 2, 3, 4]));
      expect(identities).toEqual(new Set(["u1"]));
    });

    test("flow control works above it", async () => {
      const busy = { most: 0, now: 0 };
      const options = {
        concurrency: 5,
        concurrencyKey: { key: () => "one", max: 1 },
        throttle: { max: 100, periodMs: 1000 },
      };
      const all = received(flows, 4, options, async () => {
        busy.most = Math.max(busy.most, ++busy.now);
        await new Promise((resolve) => setImmediate(resolve));
        busy.now--;
      });
      const to = sender(flows);
      const debounce = { key: "d", quietMs: 200 };
      const singleton = { key: "s", ttlMs: 60_000 };
      const rateLimit = { key: "r", max: 1, periodMs: 60_000 };
      await to.send({ n: 1 }, { debounce });
      await to.send({ n: 2 }, { debounce });
      const first = await to.send({ n: 3 }, { singleton, delayMs: 1000 });
      expect(first.outcome).toBe("sent");
      expect(await to.send({ n: 4 }, { singleton })).toMatchObject({ outcome: "skipped" });
      await to.send({ n: 5 }, { rateLimit });
      await expect(to.send({ n: 6 }, { rateLimit })).rejects.toMatchObject({
        code: "MOR_QUEUE_RATE_LIMITED",
      });
      await to.send({ n: 7 });
      expect(new Set(await all)).toEqual(new Set([2, 3, 5, 7]));
      expect(busy.most).toBe(1);
    });

    test("a FIFO group is handled in order, also through failures", async () => {
      let failures = 0;
      const retry = { baseMs: 1000, delayMsMax: 1000 };
      const all = received(ordered, 6, { retry }, (n) => {
        if (n === 2 && failures++ === 0) throw new Error("once");
      });
      for (let n = 0; n < 6; n++) await sender(ordered).send({ n }, { group: "g" });
      expect(await all).toEqual([0, 1, 2, 3, 4, 5]);
    });

    test("what SQS cannot do is a named error", async () => {
      const unsupported = { code: "MOR_UNSUPPORTED" };
      await expect(sender(plain).cancel(["x"])).rejects.toMatchObject(unsupported);
      await expect(sender(plain).send({ n: 1 }, { priority: 1 })).rejects.toMatchObject(
        unsupported,
      );
      const hour = { delayMs: 3_600_000 };
      await expect(sender(plain).send({ n: 1 }, hour)).rejects.toMatchObject(unsupported);
    });
  },
);
