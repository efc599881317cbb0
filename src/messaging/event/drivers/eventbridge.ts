import type * as Sdk from "@aws-sdk/client-eventbridge";
import type { EventBridgeClient, PutEventsRequestEntry, Replay } from "@aws-sdk/client-eventbridge";
import { coreErrors } from "../../../core/errors.ts";
import type { DriverModule, Host } from "../../../core/host.ts";
import { awsEngine } from "../../../engines/aws/client.ts";
import { compileInput, eventBytesMax, parsePattern } from "../driver.ts";
import type {
  EventDriver,
  EventEntry,
  EventFeatures,
  PublishResult,
  ReplayOptions,
  ReplayTask,
} from "../driver.ts";
import { eventErrors } from "../errors.ts";
import { awsFailure, entryFailure, inBatches } from "./aws.ts";
import { checkEntry, detailOf, refused } from "./entry.ts";

const features: EventFeatures = {
  patterns: "eventbridge",
  log: false,
  replay: true,
  replayOrdered: false,
  replayShaped: false,
  inputTransformer: true,
  transactional: false,
};

/** PutEvents: entries and bytes of a request. */
const batch = { entriesMax: 10, bytesMax: 2 ** 20 };

interface EventBridge {
  readonly sdk: typeof Sdk;
  readonly client: EventBridgeClient;
  readonly bus: string;
  readonly archive: string;
}

function openClient(
  host: Host,
  options: Readonly<Record<string, unknown>>,
): Promise<Pick<EventBridge, "sdk" | "client">> {
  return awsEngine(host, "@aws-sdk/client-eventbridge", options, async (settings) => {
    const sdk = await import("@aws-sdk/client-eventbridge");
    return { sdk, client: new sdk.EventBridgeClient({ ...settings }) };
  });
}

function unsupported(what: string): Error {
  return coreErrors.MOR_UNSUPPORTED(`event bus: EventBridge cannot ${what}`);
}

/** The reserved member is always there, since input transformers name it. */
function sealed(detail: string): string {
  if (detail.includes('"_morning"')) return detail;
  const rest = detail.trimStart().slice(1);
  return `{"_morning":{}${rest.trimStart().startsWith("}") ? "" : ","}${rest}`;
}

function putEntry(bus: string, entry: EventEntry): PutEventsRequestEntry {
  checkEntry(entry);
  detailOf(entry);
  const { type, source, atMs, resources } = entry;
  const detail = sealed(entry.detail);
  const bytes = Buffer.byteLength(detail) + type.length + source.length;
  if (bytes > eventBytesMax) {
    throw eventErrors.MOR_EVENT_TOO_LARGE(
      `event ${type}: ${bytes} bytes, at most ${eventBytesMax}`,
    );
  }
  return {
    EventBusName: bus,
    DetailType: type,
    Source: source,
    Detail: detail,
    ...(atMs === undefined ? {} : { Time: new Date(atMs) }),
    ...(resources === undefined ? {} : { Resources: [...resources] }),
  };
}

async function putBatch(
  { sdk, client, bus }: EventBridge,
  entries: readonly PutEventsRequestEntry[],
): Promise<readonly PublishResult[]> {
  const command = new sdk.PutEventsCommand({ Entries: [...entries] });
  const answer = await client.send(command).catch((error: unknown) => {
    throw awsFailure(`event bus ${bus}`, error);
  });
  return entries.map((entry, index): PublishResult => {
    const { EventId: id, ErrorCode: code, ErrorMessage: message } = answer.Entries?.[index] ?? {};
    if (code === undefined && id !== undefined) return { id };
    return entryFailure(`event ${entry.DetailType}`, code, message);
  });
}

const states: Readonly<Record<string, ReplayTask["state"]>> = {
  STARTING: "running",
  RUNNING: "running",
  COMPLETED: "done",
  CANCELLING: "cancelled",
  CANCELLED: "cancelled",
  FAILED: "failed",
};

/** EventBridge counts nothing: how many were read and delivered is unknown. */
function replayTask(replay: Replay): ReplayTask {
  const { ReplayName: name = "", State: state = "", StateReason: error } = replay;
  return {
    name,
    state: states[state] ?? "failed",
    read: 0,
    total: 0,
    delivered: {},
    startedAtMs: replay.ReplayStartTime?.getTime() ?? 0,
    ...(error === undefined ? {} : { error }),
  };
}

async function archiveOf(
  bridge: EventBridge,
): Promise<{ readonly archive: string; readonly bus: string }> {
  const { sdk, client, archive } = bridge;
  const command = new sdk.DescribeArchiveCommand({ ArchiveName: archive });
  const found = await client.send(command).catch((error: unknown) => {
    throw awsFailure(`event archive ${archive}`, error);
  });
  return { archive: String(found.ArchiveArn), bus: String(found.EventSourceArn) };
}

async function startReplay(
  host: Host,
  bridge: EventBridge,
  declared: ReadonlySet<string>,
  options: ReplayOptions,
): Promise<ReplayTask> {
  const { name, fromMs, toMs, subscriptions, pattern, dryRun, ratePerSecond } = options;
  if (pattern !== undefined) throw unsupported("replay by another pattern than its archive's");
  if (dryRun === true) throw unsupported("count a replay without running it");
  if (ratePerSecond !== undefined) throw unsupported("limit the rate of a replay");
  if (!(fromMs < toMs)) {
    throw eventErrors.MOR_EVENT_REPLAY(`replay ${name}: the window ends before it begins`);
  }
  for (const one of subscriptions ?? []) {
    if (declared.has(one)) continue;
    throw coreErrors.MOR_NOT_FOUND(`replay ${name}: there is no subscription ${one}`);
  }
  const { archive, bus } = await archiveOf(bridge);
  const rules = bus.replace(":event-bus/", ":rule/");
  const { sdk, client } = bridge;
  const command = new sdk.StartReplayCommand({
    ReplayName: name,
    EventSourceArn: archive,
    EventStartTime: new Date(fromMs),
    EventEndTime: new Date(toMs),
    Destination: {
      Arn: bus,
      ...(subscriptions === undefined
        ? {}
        : { FilterArns: subscriptions.map((one) => `${rules}/${host.physicalName("rule", one)}`) }),
    },
  });
  await client.send(command).catch((error: unknown) => {
    if ((error as Error).name !== "ResourceAlreadyExistsException") {
      throw awsFailure(`replay ${name}`, error);
    }
    throw eventErrors.MOR_EVENT_REPLAY(`there is a replay ${name} already`, { cause: error });
  });
  return describe(bridge, name);
}

async function describe({ sdk, client }: EventBridge, name: string): Promise<ReplayTask> {
  const command = new sdk.DescribeReplayCommand({ ReplayName: name });
  return replayTask(
    await client.send(command).catch((error: unknown) => {
      throw awsFailure(`replay ${name}`, error);
    }),
  );
}

async function listReplays(bridge: EventBridge): Promise<readonly ReplayTask[]> {
  const { sdk, client } = bridge;
  const { archive } = await archiveOf(bridge);
  const tasks: ReplayTask[] = [];
  let token: string | undefined;
  do {
    const command = new sdk.ListReplaysCommand({
      EventSourceArn: archive,
      Limit: 100,
      ...(token === undefined ? {} : { NextToken: token }),
    });
    const page = await client.send(command);
    tasks.push(...(page.Replays ?? []).map(replayTask));
    token = page.NextToken;
  } while (token !== undefined);
  return tasks;
}

async function cancelReplay(bridge: EventBridge, name: string): Promise<void> {
  const { sdk, client } = bridge;
  await client
    .send(new sdk.CancelReplayCommand({ ReplayName: name }))
    .catch(async (error: unknown) => {
      if ((error as Error).name !== "IllegalStatusException")
        throw awsFailure(`replay ${name}`, error);
      throw eventErrors.MOR_EVENT_REPLAY(`replay ${name} has ended already`, { cause: error });
    });
}

/** Opens EventBridge; bus, rules, queues and archive exist already, made by `infra.ts`. */
async function open(host: Host, options: Readonly<Record<string, unknown>>): Promise<EventDriver> {
  const bridge: EventBridge = {
    ...(await openClient(host, options)),
    bus: host.physicalName("event-bus", "bus"),
    archive: host.physicalName("archive", "bus"),
  };
  let declared: ReadonlySet<string> = new Set();
  const noLog = (): Promise<never> => Promise.reject(unsupported("show what was published"));
  return {
    features,
    async declare(specs) {
      for (const { name, pattern, input } of specs) {
        parsePattern(pattern);
        if (input !== undefined) compileInput(input, `subscription ${name}`);
      }
      declared = new Set(specs.map(({ name }) => name));
    },
    publish: (entries) =>
      inBatches(entries, {
        ...batch,
        make: (entry) => putEntry(bridge.bus, entry),
        bytesOf: (entry) => Buffer.byteLength(entry.Detail ?? "") + 512,
        refused,
        send: (made) => putBatch(bridge, made),
      }),
    statements: () => Promise.reject(unsupported("take part in a write of the state store")),
    log: noLog,
    event: noLog,
    totals: noLog,
    replay: (chosen) => startReplay(host, bridge, declared, chosen),
    replays: () => listReplays(bridge),
    cancelReplay: (name) => cancelReplay(bridge, name),
    close: () => Promise.resolve(),
  };
}

/** The event bus on Amazon EventBridge: a rule and an SQS queue a subscription. */
export const driver: DriverModule<EventDriver> = { engine: "eventbridge", embedded: false, open };
