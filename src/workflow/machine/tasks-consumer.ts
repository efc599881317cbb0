import { queueing } from "../../core/capabilities/queueing.ts";
import { coreErrors } from "../../core/errors.ts";
import type { Host } from "../../core/host.ts";
import { parseJson } from "../../core/json.ts";
import type { Receiving } from "../../core/receiver.ts";
import type { AnyStateMachine } from "./declaration.ts";
import type { MachineDriver } from "./driver.ts";
import { endedDetailType, tasksQueue, tasksQueueLimits } from "./places.ts";
import type { HeldThings, TaskMessage } from "./tasks.ts";
import { answerTask } from "./worker.ts";

/** Tasks of one machine that a process does at once. */
const tasksAtOnce = 10;

/** An event of Step Functions, as EventBridge puts it on a queue. */
export interface EndedEvent {
  readonly id: string;
  readonly "detail-type": typeof endedDetailType;
  readonly detail: { readonly executionArn: string; readonly status: string };
}

const isEnd = (message: unknown): message is EndedEvent =>
  (message as Partial<EndedEvent>)["detail-type"] === endedDetailType;

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
      const message = parseJson(body, `task of state machine ${name}`);
      if (isEnd(message)) await ended(message);
      else await answerTask(driver, machine, held, message as unknown as TaskMessage, signal);
    },
  });
}
