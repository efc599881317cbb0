import { CreateScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { engineGap } from "../../../conformance/gaps.ts";
import { queueing } from "../../core/capabilities/queueing.ts";
import type { Queueing } from "../../core/capabilities/queueing.ts";
import type { Host } from "../../core/host.ts";
import type { InfraScope, InfraValue } from "../../core/infra.ts";
import { openInline } from "../../engines/sqlite/inline.ts";
import { simulatedClock } from "../../testing/clock.ts";
import { testHost } from "../../testing/host.ts";
import { driver as queues } from "../queue/drivers/sqlite.ts";
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

/** Fills references in: on the emulator the queue's ARN stands for `Fn::GetAtt`. */
function resolved(value: InfraValue, arnOf: (logicalId: string) => string): InfraValue {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((one: InfraValue) => resolved(one, arnOf));
  const reference = (value as { readonly "Fn::GetAtt"?: readonly string[] })["Fn::GetAtt"];
  if (reference !== undefined) return arnOf(reference[0] ?? "");
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, resolved(one, arnOf)]));
}

function scopeOf(host: Host): InfraScope {
  const capitalised = (text: string): string =>
    text.replace(/(^|[^A-Za-z0-9])([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
  return {
    app: host.app.name,
    environment: host.environment,
    region: "us-east-1",
    account: "000000000000",
    partition: "aws",
    name: (kind, name) => host.physicalName(kind, name),
    logicalId: (kind, name) => `${kind}${capitalised(name)}`,
  };
}

async function openScheduler(endpoint: string): Promise<ScheduleSubject> {
  const host = testHost({ app: `s${Date.now().toString(36)}` });
  const settings = { region: "us-east-1", endpoint };
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const sqs = new SQSClient({ ...settings, credentials });
  const client = new SchedulerClient({ ...settings, credentials });
  const urls = new Map<string, string>();
  host.provide(queueing, {
    transactional: false,
    send: async (queue: string, messages: readonly { readonly body: string }[]) => {
      for (const { body } of messages) {
        await sqs.send(new SendMessageCommand({ QueueUrl: urls.get(queue), MessageBody: body }));
      }
    },
  } as unknown as Queueing);
  const driver = await scheduler.open(host, settings);
  const scope = scopeOf(host);
  return {
    driver,
    now: () => Date.now(),
    async provision(specs, options) {
      for (const { name, queue } of specs) {
        const QueueName = host.physicalName("queue", queue);
        const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName }));
        urls.set(queue, QueueUrl);
        const fragment = infra.resources(schedule(name, options.get(name) ?? {}), scope);
        for (const { Type, Properties } of Object.values(fragment)) {
          if (Type !== "AWS::Scheduler::Schedule") continue;
          const input = resolved(Properties, (id) =>
            id.startsWith("ScheduleRole")
              ? "arn:aws:iam::000000000000:role/scheduler"
              : `arn:aws:sqs:us-east-1:000000000000:${QueueName}`,
          );
          await client.send(new CreateScheduleCommand(input as never));
        }
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
      client.destroy();
      sqs.destroy();
    },
  };
}

describeScheduleContract({ name: "schedule: sqlite", open: openSqlite });

const ministack = process.env["MORNING_TEST_MINISTACK_URL"];
describeScheduleContract({
  name: "schedule: eventbridge-scheduler on ministack [needs MORNING_TEST_MINISTACK_URL]",
  skip: ministack === undefined,
  gap: (name) => engineGap("ministack", "eventbridge-scheduler", name) !== undefined,
  open: () => openScheduler(ministack ?? ""),
});
