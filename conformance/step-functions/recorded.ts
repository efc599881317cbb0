// The recorded executions: how each is run, and whether it ended as recorded.
import type { Json } from "../../src/core/json.ts";
import { simulateExecution } from "../../src/workflow/asl/index.ts";
import type { ExecutionResult, Handlers } from "../../src/workflow/asl/index.ts";
import { matches, payload, sameTypes } from "./compare.ts";
import { encode, handlers } from "./handlers.ts";

interface RecordedEvent {
  readonly id: unknown;
  readonly type: string;
  readonly [details: string]: unknown;
}

/** One recorded run. */
export interface Recorded {
  readonly id: string;
  readonly match: string;
  readonly type: "STANDARD" | "EXPRESS";
  readonly definition: Record<string, Json>;
  readonly input: string | null;
  readonly lambdas: Readonly<Record<string, string>>;
  readonly expected: {
    readonly events?: readonly RecordedEvent[];
    readonly status?: string;
    readonly output?: Json;
    readonly error?: string;
    readonly cause?: Json;
  };
}

/** How one run compares. */
export interface Verdict {
  readonly name: string;
  readonly end: boolean;
  /** Of runs whose events were recorded. */
  readonly types?: boolean;
  readonly why: string;
}

interface End {
  readonly status: string;
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: Json;
}

const statuses: Readonly<Record<string, string>> = {
  ExecutionSucceeded: "SUCCEEDED",
  ExecutionFailed: "FAILED",
  ExecutionAborted: "ABORTED",
  ExecutionTimedOut: "TIMED_OUT",
};

function endOf({ expected }: Recorded): End | undefined {
  const last = expected.events?.at(-1);
  if (last === undefined) return { status: "", ...expected };
  const status = statuses[last.type];
  if (status === undefined) return undefined;
  const name = `${last.type[0]?.toLowerCase()}${last.type.slice(1)}EventDetails`;
  return { status, ...(last[name] as Omit<End, "status"> | undefined) };
}

/** A run that was read before its end says nothing about it. */
export function isWhole(recorded: Recorded): boolean {
  return endOf(recorded) !== undefined;
}

function handlersOf({ lambdas }: Recorded): Handlers {
  return {
    encode,
    find: ({ kind, target }) => {
      const name = target.split(":").findLast((part) => Object.hasOwn(lambdas, part));
      return kind === "lambda" && name !== undefined ? handlers[lambdas[name] ?? ""] : undefined;
    },
  };
}

/** Runs a recorded case. */
export async function run(recorded: Recorded): Promise<ExecutionResult> {
  const isAborted = endOf(recorded)?.status === "ABORTED";
  return simulateExecution({
    definition: recorded.definition,
    ...(recorded.input === null ? {} : { input: recorded.input }),
    handlers: handlersOf(recorded),
    identity: { isExpress: recorded.type === "EXPRESS", accountId: "111111111111" },
    // Whoever recorded it called StopExecution while the machine waited.
    ...(isAborted ? { stopAfterMs: 1_000 } : {}),
  });
}

function difference(expected: End, result: ExecutionResult): string {
  if (expected.status !== result.status) return `${result.status}, not ${expected.status}`;
  if (
    "output" in expected &&
    !matches(payload(expected.output ?? null), payload(result.output ?? null))
  ) {
    return `output ${result.output}, not ${JSON.stringify(expected.output)}`;
  }
  if (expected.error !== result.error) return `error ${result.error}, not ${expected.error}`;
  const causes = [expected.cause ?? null, result.cause ?? null] as const;
  if (!matches(...causes)) return `cause ${causes[1]}, not ${JSON.stringify(causes[0])}`;
  return "";
}

/** Runs a case and compares its end and the types of its events. */
export async function judge(recorded: Recorded): Promise<Verdict> {
  const name = `${recorded.id} ${recorded.match}`;
  const expected = endOf(recorded);
  const { events } = recorded.expected;
  try {
    const result = await run(recorded);
    const why = expected === undefined ? "the recording has no end" : difference(expected, result);
    const types = events === undefined ? {} : { types: sameTypes(events, result.events) };
    const got =
      types.types === false ? ` events ${result.events.map(({ type }) => type).join(" ")}` : "";
    return { name, end: why === "", why: why + got, ...types };
  } catch (error) {
    const types = events === undefined ? {} : { types: false };
    return { name, end: false, why: (error as Error).message, ...types };
  }
}
