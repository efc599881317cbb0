import { isDeepStrictEqual } from "node:util";
import type * as SfnSdk from "@aws-sdk/client-sfn";
import type { ExecutionListItem, HistoryEvent as SdkEvent, SFNClient } from "@aws-sdk/client-sfn";
import { coreErrors, MorningError } from "../../../core/errors.ts";
import type { DriverModule, Host } from "../../../core/host.ts";
import type { Json } from "../../../core/json.ts";
import { awsEngine, awsSettings } from "../../../engines/aws/client.ts";
import type { Execution, ExecutionDetail, HistoryEvent, MachineDriver } from "../driver.ts";

interface Sfn {
  readonly sdk: typeof SfnSdk;
  readonly client: SFNClient;
}

/** Events that one call gives at most. */
const eventsMax = 1000;

const missing = new Set([
  "ExecutionDoesNotExist",
  "StateMachineDoesNotExist",
  "TaskDoesNotExist",
  "TaskTimedOut",
  "InvalidToken",
  "InvalidArn",
]);
const conflicts = new Set(["ExecutionAlreadyExists", "ExecutionNotRedrivable"]);
const unreachable = new Set(["ECONNREFUSED", "ENOTFOUND", "ECONNRESET", "ETIMEDOUT"]);

function sfnError(subject: string, cause: unknown): unknown {
  if (MorningError.is(cause)) return cause;
  const { name, code = "", message } = cause as Error & { readonly code?: string };
  if (missing.has(name)) {
    return coreErrors.MOR_NOT_FOUND(`${subject}: Step Functions has no such thing: ${message}`, {
      cause,
      fix: "Deploy the machine first; a token is answered once, before its task times out.",
    });
  }
  if (conflicts.has(name)) return coreErrors.MOR_CONFLICT(`${subject}: ${message}`, { cause });
  if (unreachable.has(code)) {
    const what = `${subject}: Step Functions does not answer: ${code}`;
    return coreErrors.MOR_ENGINE_UNAVAILABLE(what, { cause });
  }
  return coreErrors.MOR_INTERNAL(`${subject}: Step Functions: ${name}: ${message}`, {
    cause,
    fix: "Look at the permissions of the role and at the quotas of the account.",
  });
}

async function calling<T>(subject: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw sfnError(subject, error);
  }
}

function executionOf(item: ExecutionListItem): Execution {
  const { executionArn = "", name = "", status = "RUNNING", startDate, stopDate } = item;
  return {
    id: executionArn,
    name,
    status,
    startedAtMs: startDate?.getTime() ?? 0,
    ...(stopDate === undefined ? {} : { endedAtMs: stopDate.getTime() }),
  };
}

const parsed = (text: string): Json => JSON.parse(text) as Json;

/** An event as JSON has it: the SDK reads times, and leaves nothing else otherwise. */
function eventOf({ timestamp, id = 0, previousEventId = 0, ...event }: SdkEvent): HistoryEvent {
  const { type, ...details } = JSON.parse(JSON.stringify(event)) as HistoryEvent;
  return { ...details, id, previousEventId, timestamp: timestamp?.toISOString() ?? "", type };
}

function accountOf(options: Readonly<Record<string, unknown>>): string {
  const { account } = options;
  if (typeof account === "string" && /^\d{12}$/.test(account)) return account;
  throw coreErrors.MOR_CONFIG("Step Functions: no account is named", {
    fix: "Set account in the driver's options: twelve digits.",
  });
}

function readers({ sdk, client }: Sfn): Pick<MachineDriver, "describe" | "history"> {
  return {
    describe: (id) =>
      calling(`execution ${id}`, async (): Promise<ExecutionDetail> => {
        const command = new sdk.DescribeExecutionCommand({ executionArn: id });
        const { input, output, error, cause, ...item } = await client.send(command);
        return {
          ...executionOf(item as ExecutionListItem),
          ...(input === undefined ? {} : { input: parsed(input) }),
          ...(output === undefined || item.status !== "SUCCEEDED"
            ? {}
            : { output: parsed(output) }),
          ...(error === undefined ? {} : { error }),
          ...(cause === undefined ? {} : { cause }),
        };
      }),
    history: (id) =>
      calling(`execution ${id}`, async () => {
        const found: HistoryEvent[] = [];
        const request = { executionArn: id, maxResults: eventsMax };
        const pages = sdk.paginateGetExecutionHistory({ client }, request);
        for await (const { events = [] } of pages) found.push(...events.map(eventOf));
        return found;
      }),
  };
}

function tasks({ sdk, client }: Sfn): Pick<MachineDriver, "succeed" | "fail" | "heartbeat"> {
  const send = async (taskToken: string, command: () => Promise<unknown>): Promise<void> => {
    await calling(`the task of token ${taskToken.slice(0, 8)}…`, command);
  };
  return {
    succeed: (taskToken, output) => {
      const input = { taskToken, output: JSON.stringify(output) };
      return send(taskToken, () => client.send(new sdk.SendTaskSuccessCommand(input)));
    },
    fail: (taskToken, error, cause) => {
      const input = { taskToken, error, cause };
      return send(taskToken, () => client.send(new sdk.SendTaskFailureCommand(input)));
    },
    heartbeat: (taskToken) =>
      send(taskToken, () => client.send(new sdk.SendTaskHeartbeatCommand({ taskToken }))),
  };
}

/**
 * Starts an execution of a name, or finds the one that has it. Step Functions itself refuses a name
 * whose execution has ended, with whatever input.
 */
async function startOnce(
  { sdk, client }: Sfn,
  stateMachineArn: string,
  name: string,
  input: Json,
): Promise<string> {
  try {
    const request = { stateMachineArn, name, input: JSON.stringify(input) };
    const command = new sdk.StartExecutionCommand(request);
    return (await client.send(command)).executionArn ?? "";
  } catch (error) {
    if ((error as Error).name !== "ExecutionAlreadyExists") throw error;
    const executionArn = `${stateMachineArn.replace(":stateMachine:", ":execution:")}:${name}`;
    const found = await client.send(new sdk.DescribeExecutionCommand({ executionArn }));
    if (!isDeepStrictEqual(parsed(found.input ?? "null"), input)) throw error;
    return executionArn;
  }
}

/** Step Functions. Deploying machines is the business of synth; this runs them. */
export const driver: DriverModule<MachineDriver> = {
  engine: "step-functions",
  embedded: false,
  async open(host: Host, options): Promise<MachineDriver> {
    const { region } = awsSettings(options);
    const account = accountOf(options);
    const sfn = await awsEngine(host, "@aws-sdk/client-sfn", options, async (settings) => {
      const sdk = await import("@aws-sdk/client-sfn");
      return { sdk, client: new sdk.SFNClient(settings) };
    });
    const { sdk, client } = sfn;
    const arnOf = (machine: string): string => {
      const name = host.physicalName("state-machine", machine);
      return `arn:aws:states:${region}:${account}:stateMachine:${name}`;
    };
    return {
      features: { redrive: true },
      ...readers(sfn),
      ...tasks(sfn),
      // Always named: a repeated request starts nothing new.
      start: (machine, input, name = host.ids.uuid()) =>
        calling(`state machine ${machine}`, () => startOnce(sfn, arnOf(machine), name, input)),
      list: (machine, { status, limit = 100, cursor } = {}) =>
        calling(`state machine ${machine}`, async () => {
          const command = new sdk.ListExecutionsCommand({
            stateMachineArn: arnOf(machine),
            maxResults: limit,
            ...(status === undefined ? {} : { statusFilter: status }),
            ...(cursor === undefined ? {} : { nextToken: cursor }),
          });
          const { executions = [], nextToken } = await client.send(command);
          const next = nextToken === undefined ? {} : { cursor: nextToken };
          return { executions: executions.map(executionOf), ...next };
        }),
      stop: (id, why = {}) =>
        calling(`execution ${id}`, async () => {
          await client.send(new sdk.StopExecutionCommand({ executionArn: id, ...why }));
        }),
      redrive: (id) =>
        calling(`execution ${id}`, async () => {
          await client.send(new sdk.RedriveExecutionCommand({ executionArn: id }));
        }),
      close: async () => {},
    };
  },
};
