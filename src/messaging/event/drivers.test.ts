import {
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SQSClient,
  DeleteMessageCommand,
  ChangeMessageVisibilityCommand,
} from "@aws-sdk/client-sqs";
import { engineGap } from "../../../conformance/gaps.ts";
import { sleep, systemClock } from "../../core/clock.ts";
import type { CapabilityInfra, InfraFragment, InfraScope } from "../../core/infra.ts";
import type { DriverModule } from "../../core/host.ts";
import type { App } from "../../core/service.ts";
import { emulatorScope, provision } from "../../testing/aws/provision.ts";
import { eventBridgeMakers } from "../../testing/aws/events.ts";
import { queuePolicyMakers } from "../../testing/aws/queue-policy.ts";
import { snsMakers } from "../../testing/aws/sns.ts";
import { sqsMakers } from "../../testing/aws/sqs.ts";
import { testHost } from "../../testing/host.ts";
import { describeEventContract } from "./contract.ts";
import type { BusUnderTest } from "./contract/world.ts";
import type { EventDriver } from "./driver.ts";
import { driver as eventbridge } from "./drivers/eventbridge.ts";
import { driver as sns } from "./drivers/sns.ts";
import type { Event } from "./event.ts";
import { infra, snsInfra } from "./infra.ts";
import { openEventRig } from "./rig.contract.ts";
import { isSubscription, subscriptionsOf } from "./subscriptions.ts";

async function openEmbedded(declared: App): Promise<BusUnderTest> {
  const rig = await openEventRig(declared.services);
  const { driver: queues } = rig.queues;
  return {
    driver: rig.driver,
    nowMs: () => rig.clock.now(),
    async drain(queue) {
      await rig.advance(10);
      const bodies: string[] = [];
      for (;;) {
        const found = await queues.receive(queue, { max: 10, waitMs: 0 });
        if (found.length === 0) return bodies;
        bodies.push(...found.map(({ body }) => body));
        await queues.delete(
          queue,
          found.map(({ receipt }) => receipt),
        );
      }
    },
    async fail(queue, times) {
      for (let time = 0; time <= times; time++) {
        await rig.advance(10);
        const found = await queues.receive(queue, { max: 10, waitMs: 0 });
        await queues.extend(
          queue,
          found.map(({ receipt }) => ({ receipt, visibilityMs: 0 })),
        );
      }
    },
    close: () => rig.close(),
  };
}

const region = "us-east-1";
const credentials = { accessKeyId: "test", secretAccessKey: "test" };

/** Names that no other run on the same emulator has. */
let serial = 0;
function runName(): string {
  return `ev-${process.pid.toString(36)}-${Date.now().toString(36)}-${serial++}`;
}

/** All that an app's events become, as `morning synth` would put them in one template. */
function fragmentOf(declared: App, made: CapabilityInfra<Event>, scope: InfraScope): InfraFragment {
  const ofEvents = declared.resources
    .filter(({ kind }) => kind === "event")
    .map((resource) => made.resources(resource as Event, scope));
  const held = declared.services.flatMap((service) =>
    Object.values(service.uses)
      .filter(isSubscription)
      .map(
        (capability) => made.held?.(capability as never, scope, { service: service.name }) ?? {},
      ),
  );
  return Object.assign({}, ...ofEvents, ...held) as InfraFragment;
}

interface Emulator {
  readonly engine: string;
  readonly account: string;
  readonly url: string | undefined;
}

async function openOn(
  { url: endpoint = "", account }: Emulator,
  module: DriverModule<EventDriver>,
  made: CapabilityInfra<Event>,
  declared: App,
): Promise<BusUnderTest> {
  const name = runName();
  const host = testHost({ app: name });
  const scope = emulatorScope({ app: name, environment: host.environment, region, account });
  await provision(fragmentOf(declared, made, scope), scope, {
    ...sqsMakers(endpoint, region),
    ...queuePolicyMakers(endpoint, region),
    ...eventBridgeMakers(endpoint, region),
    ...snsMakers(endpoint, region),
  });
  const driver = await module.open(host, { region, endpoint, account });
  await driver.declare(subscriptionsOf(declared).map(({ spec }) => spec));
  const client = new SQSClient({ endpoint, region, credentials, useQueueUrlAsEndpoint: false });
  const urls = new Map<string, string>();
  const urlOf = async (queue: string): Promise<string> => {
    const known = urls.get(queue);
    if (known !== undefined) return known;
    const command = new GetQueueUrlCommand({ QueueName: scope.name("queue", queue) });
    const found = String((await client.send(command)).QueueUrl);
    urls.set(queue, found);
    return found;
  };
  const receive = async (QueueUrl: string) => {
    const command = new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: 0,
    });
    return (await client.send(command)).Messages ?? [];
  };
  return {
    driver,
    nowMs: () => Date.now(),
    async drain(queue, count) {
      const QueueUrl = await urlOf(queue);
      const bodies: string[] = [];
      // Emulators deliver at once or soon after; a moment more shows what should not have come.
      for (let idle = 0; idle < (bodies.length >= count ? 2 : 50); idle++) {
        for (const { Body, ReceiptHandle } of await receive(QueueUrl)) {
          bodies.push(String(Body));
          await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
        }
        await sleep(systemClock, 100);
      }
      return bodies;
    },
    async fail(queue, times) {
      const QueueUrl = await urlOf(queue);
      for (let time = 0; time <= times;) {
        const found = await receive(QueueUrl);
        for (const { ReceiptHandle } of found) {
          await client.send(
            new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }),
          );
        }
        // The last receive finds nothing: it moves the message to the dead letters.
        if (found.length > 0 || time === times) time++;
        await sleep(systemClock, 20);
      }
    },
    async close() {
      await driver.close();
      client.destroy();
      await host.close();
    },
  };
}

const emulators: readonly Emulator[] = [
  { engine: "ministack", account: "000000000000", url: process.env["MORNING_TEST_MINISTACK_URL"] },
  { engine: "moto", account: "123456789012", url: process.env["MORNING_TEST_AWS_URL"] },
];
const variables: Readonly<Record<string, string>> = {
  ministack: "MORNING_TEST_MINISTACK_URL",
  moto: "MORNING_TEST_AWS_URL",
};

describeEventContract({
  name: "sqlite",
  present: true,
  transforms: true,
  waits: false,
  open: openEmbedded,
});

for (const emulator of emulators) {
  const { engine, url } = emulator;
  const needs = `[needs ${variables[engine]}]`;
  describeEventContract({
    name: `eventbridge on ${engine} ${needs}`,
    present: url !== undefined,
    transforms: true,
    waits: true,
    open: (declared) => openOn(emulator, eventbridge, infra, declared),
    gap: (name) => engineGap(engine, "eventbridge", name),
  });
  describeEventContract({
    name: `sns on ${engine} ${needs}`,
    present: url !== undefined,
    transforms: false,
    waits: true,
    open: (declared) => openOn(emulator, sns, snsInfra, declared),
    gap: (name) => engineGap(engine, "sns", name),
  });
}
