import { z } from "zod";
import { queueing } from "../../core/capabilities/queueing.ts";
import { coreErrors } from "../../core/errors.ts";
import type { Host } from "../../core/host.ts";
import { parseJson } from "../../core/json.ts";
import type { Json } from "../../core/json.ts";
import type { Receiving } from "../../core/receiver.ts";
import { validate } from "../../core/schema.ts";
import type { AnyStateMachine } from "./declaration.ts";
import type { MachineDriver } from "./driver.ts";
import { endedDetailType, tasksQueue, tasksQueueLimits } from "./places.ts";
import type { HeldThings, TaskMessage } from "./tasks.ts";
import { answerTask } from "./worker.ts";

/** Tasks of one machine that a process does at once. */
const tasksAtOnce = 10;

/** A task, as the machine's document puts it on the queue. */
const Task: z.ZodType<TaskMessage> = z.object({
  task: z.exactOptional(z.string()),
  put: z.exactOptional(z.string()),
  input: z.exactOptional(z.json() as z.ZodType<Json>),
  token: z.string().min(1),
  run: z.string(),
  state: z.string(),
  attempt: z.int().min(0),
});

/** Word of an execution that ended, as EventBridge puts it there. */
export interface EndedEvent {
  readonly id: string;
  readonly "detail-type": string;
  readonly detail: { readonly executionArn: string; readonly status: string };
}

const Ended: z.ZodType<EndedEvent> = z.object({
  "detail-type": z.literal(endedDetailType),
  id: z.string().min(1),
  detail: z.looseObject({ executionArn: z.string(), status: z.string() }),
});

const Message = z.union([Ended, Task]);

/**
 * Makes the queues of machines known whose tasks come from Step Functions.
 * @throws MOR_CONFIG where Morning's queues are not SQS, to which alone Step Functions sends
 */
export async function declareTasks(
  host: Host,
  machines: readonly AnyStateMachine[],
): Promise<void> {
  const engine = host.engines?.get("queue");
  if (engine !== "sqs") {
    const found = engine ?? "absent";
    const what = `workflow: Step Functions gives tasks to SQS, but queues are ${found}`;
    throw coreErrors.MOR_CONFIG(what, {
      fix: 'Choose { queue: { driver: "sqs", region } } in the drivers of morning.config.ts.',
    });
  }
  for (const { name } of machines) {
    await host.need(queueing).declare({
      name: tasksQueue(name),
      ...tasksQueueLimits,
      retryBaseMs: 1000,
      retryMsMax: 60_000,
    });
  }
}

/** Does the tasks of a machine on Step Functions, and hears of its executions that ended. */
export function consumeTasks(
  host: Host,
  driver: MachineDriver,
  machine: AnyStateMachine,
  held: HeldThings,
  service: string,
  ended: (event: EndedEvent) => Promise<unknown>,
): Receiving {
  const { name } = machine;
  return host.need(queueing).consume(tasksQueue(name), {
    service,
    concurrency: tasksAtOnce,
    async handle({ body }, { signal }) {
      const subject = `task of state machine ${name}`;
      const message = await validate(Message, parseJson(body, subject), subject);
      if ("token" in message) await answerTask(driver, machine, held, message, signal);
      else await ended(message);
    },
  });
}
