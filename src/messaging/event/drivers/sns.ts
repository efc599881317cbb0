import type * as Sdk from "@aws-sdk/client-sns";
import type { PublishBatchRequestEntry, SNSClient } from "@aws-sdk/client-sns";
import { coreErrors } from "../../../core/errors.ts";
import type { DriverModule, Host } from "../../../core/host.ts";
import { awsEngine, awsSettings } from "../../../engines/aws/client.ts";
import { envelopeTime, eventBytesMax, filterPolicy } from "../driver.ts";
import type {
  EventDriver,
  EventEntry,
  EventEnvelope,
  EventFeatures,
  PublishResult,
  SubscriptionSpec,
} from "../driver.ts";
import { eventErrors } from "../errors.ts";
import { awsFailure, entryFailure, inBatches } from "./aws.ts";
import { checkEntry, detailOf, refused } from "./entry.ts";

const features: EventFeatures = {
  patterns: "filter-policy",
  log: false,
  replay: false,
  replayOrdered: false,
  replayShaped: false,
  inputTransformer: false,
  transactional: false,
};

/** PublishBatch: messages of a request, and their bytes together. */
const batch = { entriesMax: 10, bytesMax: 256 * 1024 };

/** Where topics are. */
interface Place {
  readonly region: string;
  readonly account: string;
}

interface Sns extends Place {
  readonly sdk: typeof Sdk;
  readonly client: SNSClient;
  readonly host: Host;
}

interface Message {
  readonly type: string;
  readonly id: string;
  readonly text: string;
}

function unsupported(what: string): Error {
  return coreErrors.MOR_UNSUPPORTED(`event bus: SNS cannot ${what}`);
}

function accountOf(options: Readonly<Record<string, unknown>>): string {
  const account = options["account"] ?? process.env["AWS_ACCOUNT_ID"];
  if (typeof account === "string" && /^\d{12}$/.test(account)) return account;
  throw coreErrors.MOR_CONFIG("event: the driver sns needs the number of the AWS account", {
    fix: "Set account in the driver's options, or AWS_ACCOUNT_ID.",
  });
}

function messageOf({ host, region, account }: Sns, entry: EventEntry): Message {
  checkEntry(entry);
  const id = host.ids.uuid();
  const envelope: EventEnvelope = {
    version: "0",
    id,
    "detail-type": entry.type,
    source: entry.source,
    account,
    time: envelopeTime(entry.atMs ?? host.clock.now()),
    region,
    resources: entry.resources ?? [],
    detail: detailOf(entry),
  };
  const text = JSON.stringify(envelope);
  const bytes = Buffer.byteLength(text);
  const most = Math.min(batch.bytesMax, eventBytesMax);
  if (bytes <= most) return { type: entry.type, id, text };
  throw eventErrors.MOR_EVENT_TOO_LARGE(
    `event ${entry.type}: ${bytes} bytes with its envelope, at most ${most} on SNS`,
  );
}

async function publishBatch(
  { sdk, client, host, region, account }: Sns,
  type: string,
  messages: readonly Message[],
): Promise<readonly PublishResult[]> {
  const topic = `arn:aws:sns:${region}:${account}:${host.physicalName("topic", type)}`;
  const entries: PublishBatchRequestEntry[] = messages.map(({ text }, index) => ({
    Id: String(index),
    Message: text,
  }));
  const command = new sdk.PublishBatchCommand({
    TopicArn: topic,
    PublishBatchRequestEntries: entries,
  });
  const answer = await client.send(command).catch((error: unknown) => {
    throw awsFailure(`event ${type}`, error);
  });
  const sent = new Set((answer.Successful ?? []).map(({ Id }) => Id));
  const failed = new Map((answer.Failed ?? []).map((one) => [one.Id, one]));
  return messages.map(({ id }, index): PublishResult => {
    if (sent.has(String(index))) return { id };
    const { Code: code, Message: message } = failed.get(String(index)) ?? {};
    return entryFailure(`event ${type}`, code, message);
  });
}

/** Publishes to the topic of each type; results in the order of the entries. */
async function publish(
  sns: Sns,
  entries: readonly EventEntry[],
): Promise<readonly PublishResult[]> {
  const places = new Map<string, number[]>();
  entries.forEach(({ type }, place) => {
    const known = places.get(type);
    if (known === undefined) places.set(type, [place]);
    else known.push(place);
  });
  const results: PublishResult[] = [];
  await Promise.all(
    [...places].map(async ([type, at]) => {
      const chosen = at.map((place) => entries[place] as EventEntry);
      const answers = await inBatches(chosen, {
        ...batch,
        make: (entry) => messageOf(sns, entry),
        bytesOf: ({ text }) => Buffer.byteLength(text),
        refused,
        send: (messages) => publishBatch(sns, type, messages),
      });
      at.forEach((place, index) => {
        results[place] = answers[index] as PublishResult;
      });
    }),
  );
  return results;
}

/** The topic is the event's own, so that its type need not be filtered. */
function checkSpec({ name, pattern, input }: SubscriptionSpec): void {
  if (input !== undefined) throw unsupported(`transform what subscription ${name} gets`);
  const { "detail-type": _, ...policy } = pattern;
  if (Object.keys(policy).length > 0) filterPolicy(policy, "MessageBody");
}

/** Opens SNS; topics, subscriptions and queues exist already, made by `infra.ts`. */
async function open(host: Host, options: Readonly<Record<string, unknown>>): Promise<EventDriver> {
  const account = accountOf(options);
  const { region } = awsSettings(options);
  const opened = await awsEngine(host, "@aws-sdk/client-sns", options, async (settings) => {
    const sdk = await import("@aws-sdk/client-sns");
    return { sdk, client: new sdk.SNSClient({ ...settings }) };
  });
  const sns: Sns = { ...opened, host, region, account };
  const noLog = (): Promise<never> => Promise.reject(unsupported("show what was published"));
  const noReplay = (): Promise<never> => Promise.reject(unsupported("replay events"));
  return {
    features,
    async declare(specs) {
      specs.forEach(checkSpec);
    },
    publish: (entries) => publish(sns, entries),
    statements: () => Promise.reject(unsupported("take part in a write of the state store")),
    log: noLog,
    event: noLog,
    totals: noLog,
    replay: noReplay,
    replays: noReplay,
    cancelReplay: noReplay,
    close: () => Promise.resolve(),
  };
}

/** Fan-out over Amazon SNS: a topic an event, a filter policy and an SQS queue a subscription. */
export const driver: DriverModule<EventDriver> = { engine: "sns", embedded: false, open };
