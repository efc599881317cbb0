import {
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { engineGap } from "../../../conformance/gaps.ts";
import { queueing } from "../../core/capabilities/queueing.ts";
import { openInline } from "../../engines/sqlite/inline.ts";
import { emulatorScope, provision } from "../../testing/aws/provision.ts";
import { schedulerMakers } from "../../testing/aws/scheduler.ts";
import { sqsMakers } from "../../testing/aws/sqs.ts";
import { simulatedClock } from "../../testing/clock.ts";
import { testHost } from "../../testing/host.ts";
import { driver as queues } from "../queue/drivers/sqlite.ts";
import { driver as sqsDriver } from "../queue/drivers/sqs.ts";
import { openQueues } from "../queue/runtime.ts";
import { describeScheduleContract, runsOf } from "./contract.ts";
import type { ScheduleSubject } from "./contract.ts";
import { driver as scheduler } from "./drivers/eventbridge-scheduler.ts";
import { driver as sqlite } from "./drivers/sqlite.ts";
import { infra } from "./infra.ts";
import { schedule } from "./schedule.ts";

const queuePolicy = {
  receivesMax: 5,
  retentionMs: 86_400_000,
  retryBaseMs: 1_000,
  retryMsMax: 9_000,
};

async function openSqlite(): Promise<ScheduleSubject> {
  const clock = simulatedClock();
  const store = openInline({ clock });
  const host = testHost({ clock, store });
  const queueDriver = await queues.open(host, {});
  await openQueues(host, queueDriver, []);
  const driver = await sqlite.open(host, {});
  return {
    driver,
    now: () => clock.now(),
    async provision(specs) {
      for (const { queue } of specs)
        await host.need(queueing).declare({ name: queue, ...queuePolicy });
    },
    async runs(queue, count, withinMs) {
      const untilMs = clock.now() + withinMs;
      const found: Awaited<ReturnType<typeof queueDriver.receive>>[number][] = [];
      while (found.length < count && clock.now() < untilMs) {
        const left = { max: count - found.length, waitMs: 0 };
        found.push(...(await queueDriver.receive(queue, left)));
        clock.advance(1_000);
        // A firing is a write: let its commit come to rest.
        await new Promise(setImmediate);
      }
      await queueDriver.delete(
        queue,
        found.map(({ receipt }) => receipt),
      );
      return runsOf(queue.slice("schedule.".length), found);
    },
    async close() {
      await driver.close();
      await host.close();
      await store.close();
    },
  };
}

const region = "us-east-1";
const account = "000000000000";

async function openScheduler(endpoint: string): Promise<ScheduleSubject> {
  const app = `s${Date.now().toString(36)}`;
  const host = testHost({ app });
  const settings = { region, endpoint };
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const sqs = new SQSClient({ ...settings, credentials });
  const queueDriver = await sqsDriver.open(host, settings);
  await openQueues(host, queueDriver, []);
  const driver = await scheduler.open(host, settings);
  const scope = emulatorScope({ app, environment: host.environment, region, account });
  const makers = { ...sqsMakers(endpoint, region), ...schedulerMakers(endpoint, region) };
  const urls = new Map<string, string>();
  return {
    driver,
    now: () => Date.now(),
    async provision(specs, options) {
      for (const { name, queue } of specs) {
        const fragment = infra.resources(schedule(name, options.get(name) ?? {}), scope);
        await provision(fragment, scope, makers);
        await host.need(queueing).declare({ name: queue, ...queuePolicy });
        const QueueName = host.physicalName("queue", queue);
        const { QueueUrl = "" } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
        urls.set(queue, QueueUrl);
      }
    },
    async runs(queue, count, withinMs) {
      const untilMs = Date.now() + withinMs;
      const found: { readonly body: string; readonly sentAtMs: number }[] = [];
      const QueueUrl = urls.get(queue);
      while (found.length < count && Date.now() < untilMs) {
        const waited = { QueueUrl, WaitTimeSeconds: Math.min(5, Math.ceil(withinMs / 1000)) };
        const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(waited));
        for (const { Body: body = "", ReceiptHandle } of Messages) {
          found.push({ body, sentAtMs: Date.now() });
          await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
        }
      }
      return runsOf(queue.slice("schedule.".length), found);
    },
    async close() {
      await host.close();
      sqs.destroy();
    },
  };
}

describeScheduleContract({ name: "schedule: sqlite", open: openSqlite });

const ministack = process.env["MORNING_TEST_MINISTACK_URL"];
describeScheduleContract({
  name: "eventbridge-scheduler on ministack [needs MORNING_TEST_MINISTACK_URL]",
  skip: ministack === undefined,
  gap: (name) => engineGap("ministack", "eventbridge-scheduler", name) !== undefined,
  open: () => openScheduler(ministack ?? ""),
});
