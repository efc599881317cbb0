import type { ListMessageMoveTasksResultEntry } from "@aws-sdk/client-sqs";
import { coreErrors } from "../../../core/errors.ts";
import type { MorningError } from "../../../core/errors.ts";
import type { DriverModule, Host } from "../../../core/host.ts";
import type {
  QueueDriver,
  QueueFeatures,
  ReceivedMessage,
  ReceiveOptions,
  RedriveOptions,
  RedriveTask,
  SendEntry,
  SendResult,
} from "../driver.ts";
import { withDeadLetters } from "../dead.ts";
import { entryProblem } from "../entry.ts";
import { queueErrors } from "../errors.ts";
import { queueLimits } from "../limits.ts";
import { openSqs, sqsError } from "./sqs/client.ts";
import type { Sqs } from "./sqs/client.ts";
import { openLane } from "./sqs/lane.ts";
import type { Lane } from "./sqs/lane.ts";
import { receivedMessage, seconds } from "./sqs/messages.ts";

const features: QueueFeatures = {
  fifo: true,
  fair: true,
  priority: false,
  cancel: false,
  peek: false,
  tenants: false,
  transactional: false,
  redriveSome: false,
  delayMsMax: queueLimits.delayMsMax,
};

/** SQS gives at most this many messages to one call. */
const receivesMax = 10;

function unsupported(queue: string, what: string): never {
  throw coreErrors.MOR_UNSUPPORTED(`queue ${queue}: SQS cannot ${what}`);
}

async function sendAll(lane: Lane, entries: readonly SendEntry[]): Promise<readonly SendResult[]> {
  const results = await Promise.allSettled(
    entries.map((entry): Promise<SendResult> => {
      const problem = entryProblem(lane.spec, entry, features);
      if (!problem) return lane.send(entry);
      return Promise.resolve({ error: { code: problem.code, message: problem.message } });
    }),
  );
  const failures = results.filter((result) => result.status === "rejected");
  if (failures.length === results.length && failures[0]) throw failures[0].reason;
  return results.map((result): SendResult => {
    if (result.status === "fulfilled") return result.value;
    const { code, message } = result.reason as MorningError;
    return { error: { code, message } };
  });
}

async function receiveFrom(
  { sdk, client }: Sqs,
  lane: Lane,
  options: ReceiveOptions,
  nowMs: number,
  signal: AbortSignal | undefined,
): Promise<readonly ReceivedMessage[]> {
  if (signal?.aborted || options.max < 1) return [];
  const { visibilityMs } = options;
  if (visibilityMs !== undefined) checkVisibility(lane, visibilityMs);
  const command = new sdk.ReceiveMessageCommand({
    QueueUrl: await lane.url(),
    MaxNumberOfMessages: Math.min(receivesMax, options.max),
    WaitTimeSeconds: Math.min(20, seconds(options.waitMs)),
    MessageAttributeNames: ["All"],
    MessageSystemAttributeNames: ["All"],
    ...(visibilityMs === undefined ? {} : { VisibilityTimeout: seconds(visibilityMs) }),
  });
  try {
    const found = await client.send(command, signal ? { abortSignal: signal } : {});
    return (found.Messages ?? []).map((message) => receivedMessage(message, nowMs));
  } catch (error) {
    if (signal?.aborted) return [];
    throw sqsError(lane.spec.name, error);
  }
}

function checkVisibility(lane: Lane, visibilityMs: number): void {
  const sane = Number.isInteger(visibilityMs) && visibilityMs >= 0;
  if (sane && visibilityMs <= queueLimits.visibilityMsMax) return;
  throw queueErrors.MOR_QUEUE_VISIBILITY(
    `queue ${lane.spec.name}: a visibility of ${visibilityMs} ms`,
  );
}

const taskStates: Readonly<Record<string, RedriveTask["state"]>> = {
  RUNNING: "running",
  COMPLETED: "done",
  CANCELLING: "cancelled",
  CANCELLED: "cancelled",
  FAILED: "failed",
};

/**
 * A task of SQS as one of ours. SQS names only running ones: the others are told apart by their
 * start.
 */
function redriveTask(deadLetters: string, task: ListMessageMoveTasksResultEntry): RedriveTask {
  const startedAtMs = task.StartedTimestamp ?? 0;
  return {
    id: task.TaskHandle ?? `${deadLetters}@${startedAtMs}`,
    deadLetters,
    state: taskStates[task.Status ?? ""] ?? "failed",
    moved: task.ApproximateNumberOfMessagesMoved ?? 0,
    total: task.ApproximateNumberOfMessagesToMove ?? 0,
    startedAtMs,
    ...(task.FailureReason === undefined ? {} : { error: task.FailureReason }),
  };
}

/** Opens SQS; its queues exist already, made by `infra.ts`. */
async function open(host: Host, options: Readonly<Record<string, unknown>>): Promise<QueueDriver> {
  const sqs = await openSqs(host, options);
  const { sdk, client } = sqs;
  const lanes = new Map<string, Lane>();
  const laneOf = (queue: string): Lane => {
    const lane = lanes.get(queue);
    if (lane) return lane;
    throw coreErrors.MOR_NOT_FOUND(`queue ${queue}: not declared`);
  };
  const call = async <T>(queue: string, work: (lane: Lane) => Promise<T>): Promise<T> => {
    const lane = laneOf(queue);
    try {
      return await work(lane);
    } catch (error) {
      throw sqsError(queue, error);
    }
  };
  const listTasks = (queue: string): Promise<readonly RedriveTask[]> =>
    call(queue, async (lane) => {
      const command = new sdk.ListMessageMoveTasksCommand({
        SourceArn: await lane.arn(),
        MaxResults: 10,
      });
      return ((await client.send(command)).Results ?? []).map((task) => redriveTask(queue, task));
    });
  const redrive = async (asked: RedriveOptions): Promise<RedriveTask> => {
    const { deadLetters, to, ratePerSecond } = asked;
    if (asked.ids !== undefined || asked.body !== undefined) {
      unsupported(deadLetters, "redrive chosen or edited messages");
    }
    const target = to === undefined ? {} : { DestinationArn: await laneOf(to).arn() };
    const rate = ratePerSecond === undefined ? {} : { MaxNumberOfMessagesPerSecond: ratePerSecond };
    const stats = await driverOf.stats(deadLetters);
    const started = await call(deadLetters, async (lane) => {
      const source = { SourceArn: await lane.arn() };
      return client.send(new sdk.StartMessageMoveTaskCommand({ ...source, ...target, ...rate }));
    });
    const id = String(started.TaskHandle);
    const [listed] = (await listTasks(deadLetters)).filter((task) => task.id === id);
    const startedAtMs = host.clock.now();
    const fresh = { id, deadLetters, moved: 0, total: stats.visible, startedAtMs };
    return listed ?? { ...fresh, state: "running" };
  };
  const driverOf: QueueDriver = {
    features,
    async declare(specs) {
      for (const spec of withDeadLetters(specs)) {
        const known = lanes.get(spec.name);
        const physical = host.physicalName(spec.fifo ? "fifo-queue" : "queue", spec.name);
        if (known?.spec.fifo === spec.fifo) known.spec = spec;
        else lanes.set(spec.name, openLane(sqs, physical, spec));
      }
    },
    remove: async (queue) => unsupported(queue, "remove a queue: its infrastructure is declared"),
    send: async (queue, entries) => sendAll(laneOf(queue), entries),
    receive: async (queue, wanted, signal) =>
      receiveFrom(sqs, laneOf(queue), wanted, host.clock.now(), signal),
    delete: async (queue, receipts) => Promise.all(receipts.map(laneOf(queue).delete)),
    async extend(queue, changes) {
      const lane = laneOf(queue);
      for (const { visibilityMs } of changes) checkVisibility(lane, visibilityMs);
      return Promise.all(changes.map(lane.extend));
    },
    stats: (queue) =>
      call(queue, async (lane) => {
        const command = new sdk.GetQueueAttributesCommand({
          QueueUrl: await lane.url(),
          AttributeNames: [
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
          ],
        });
        const found = (await client.send(command)).Attributes ?? {};
        return {
          visible: Number(found["ApproximateNumberOfMessages"] ?? 0),
          inFlight: Number(found["ApproximateNumberOfMessagesNotVisible"] ?? 0),
          delayed: Number(found["ApproximateNumberOfMessagesDelayed"] ?? 0),
          // Only CloudWatch knows it (ApproximateAgeOfOldestMessage).
          oldestMs: 0,
        };
      }),
    purge: (queue) =>
      call(queue, async (lane) => {
        await client.send(new sdk.PurgeQueueCommand({ QueueUrl: await lane.url() }));
        return {};
      }),
    peek: async (queue) => unsupported(queue, "look at messages without receiving them"),
    tenants: async (queue) => unsupported(queue, "tell what waits by message group"),
    cancel: async (queue) => unsupported(queue, "take messages back"),
    redrive,
    redrives: listTasks,
    async cancelRedrive(id) {
      try {
        await client.send(new sdk.CancelMessageMoveTaskCommand({ TaskHandle: id }));
      } catch (cause) {
        if ((cause as Error).name !== "ResourceNotFoundException") throw sqsError("", cause);
        throw coreErrors.MOR_NOT_FOUND(`redrive ${id}: unknown or not running`, { cause });
      }
    },
    statements: async (queue) => unsupported(queue, "commit messages with other writes"),
    close: () => Promise.resolve(),
  };
  return driverOf;
}

/** Amazon SQS, standard and FIFO. */
export const driver: DriverModule<QueueDriver> = { engine: "sqs", embedded: false, open };
