import type { Json } from "../../../core/json.ts";
import {
  effectiveInput,
  fill,
  fillExpressions,
  finish,
  optionalPath,
  pathField,
} from "../dataflow.ts";
import { queryFailure, runtimeFailure, StateFailure } from "../failure.ts";
import { holds, VariableMissing } from "../language/choice.ts";
import { isExpression } from "../language/jsonata.ts";
import { instantOf, msOf } from "../language/timestamp.ts";
import { numberField, wrongType } from "../numbers.ts";
import type { Done, Frame } from "../run.ts";
import { blocked, pass } from "../turns.ts";
import { own, textOf } from "../values.ts";

const onward = ({ state }: Frame): { next?: string } =>
  state.next === undefined ? {} : { next: state.next };

/** Pass: hands its input on, shaped, or a constant. */
export async function runPass(frame: Frame): Promise<Done> {
  const { fields } = frame.state;
  const effective = effectiveInput(frame);
  const constant = own(fields, "Result");
  const parameters = own(fields, "Parameters");
  const shaped =
    parameters === undefined || frame.language === "JSONata"
      ? effective
      : await fill(frame, parameters, "Parameters", { input: effective });
  const kind = frame.language === "JSONata" ? "input" : "result";
  return {
    ...(await finish(frame, constant === undefined ? shaped : constant, kind)),
    ...onward(frame),
  };
}

/** Succeed: ends its machine. */
export async function runSucceed(frame: Frame): Promise<Done> {
  return finish(frame, effectiveInput(frame), "input");
}

/** The text of Error or Cause, of its twin that is a path or call, or of an expression. */
async function failText(frame: Frame, name: "Error" | "Cause"): Promise<string | undefined> {
  const { fields } = frame.state;
  const value = own(fields, name);
  if (typeof value === "string") {
    if (frame.language !== "JSONata" || !isExpression(value)) return value;
    const found = await fillExpressions(frame, value, name);
    if (typeof found === "string") return found;
    throw queryFailure(wrongType(value, name, "string", found), { location: name });
  }
  const path = own(fields, `${name}Path`);
  if (typeof path !== "string") return undefined;
  const found = pathField(frame, path, `${name}Path`, frame.input);
  return typeof found === "string" ? found : textOf(found);
}

/** Fail: ends its machine with an error. */
export async function runFail(frame: Frame): Promise<never> {
  const [error, cause] = [await failText(frame, "Error"), await failText(frame, "Cause")];
  // What runs beside it takes its step before the group ends.
  await pass(frame.run.turns, frame.strand.signal);
  throw new StateFailure({
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
  });
}

function timestampMs(frame: Frame, text: Json, describe: (text: string) => Error): number {
  const shown = typeof text === "string" ? text : textOf(text);
  const instant = typeof text === "string" ? instantOf(text) : undefined;
  if (instant === undefined) throw describe(shown);
  return Math.max(msOf(instant), frame.enteredMs);
}

async function wakeMs(frame: Frame, input: Json): Promise<number> {
  const seconds = await numberField(frame, "Seconds", input);
  if (seconds !== undefined) return frame.enteredMs + seconds * 1000;
  const { fields } = frame.state;
  const path = own(fields, "TimestampPath");
  if (typeof path === "string") {
    const found = pathField(frame, path, "TimestampPath", input);
    return timestampMs(frame, found, (shown) =>
      runtimeFailure(
        "The TimestampPath parameter does not reference a valid ISO-8601 extended offset " +
          `date-time format string: ${path} == ${shown}`,
      ),
    );
  }
  const timestamp = own(fields, "Timestamp") ?? null;
  const found =
    frame.language === "JSONata" ? await fillExpressions(frame, timestamp, "Timestamp") : timestamp;
  return timestampMs(frame, found, (shown) =>
    queryFailure(
      "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format " +
        `string: ${shown}`,
      { location: "Timestamp", begun: true },
    ),
  );
}

/** Wait: lets time pass. */
export async function runWait(frame: Frame): Promise<Done> {
  const { run, strand } = frame;
  const effective = effectiveInput(frame);
  const untilMs = await wakeMs(frame, effective);
  if (untilMs > run.host.nowMs()) {
    await blocked(run.turns, strand.signal, () => run.host.waitUntil(untilMs, strand.signal));
  }
  return { ...(await finish(frame, effective, "input")), ...onward(frame) };
}

async function conditionHolds(frame: Frame, condition: Json, location: string): Promise<boolean> {
  const value = await fillExpressions(frame, condition, location);
  if (typeof value === "boolean") return value;
  const source = typeof condition === "string" ? condition : "";
  throw queryFailure(wrongType(source, location, "boolean", value), { location });
}

function ruleHolds(frame: Frame, rule: Json, input: Json): boolean {
  try {
    return holds(rule, (path) => optionalPath(frame, input, path));
  } catch (error) {
    if (!(error instanceof VariableMissing)) throw error;
    throw runtimeFailure(
      `Invalid path '${error.path}': The choice state's condition path references an invalid ` +
        "value.",
    );
  }
}

/** Choice: goes on to the state of the first rule that holds. */
export async function runChoice(frame: Frame): Promise<Done> {
  const { choices, fields } = frame.state;
  const effective = effectiveInput(frame);
  for (const [index, rule] of choices.entries()) {
    const place = `Choices[${index}]/`;
    const isMatch =
      frame.language === "JSONata"
        ? await conditionHolds(frame, own(rule.fields, "Condition") ?? null, `${place}Condition`)
        : ruleHolds(frame, rule.fields, effective);
    if (!isMatch) continue;
    return { ...(await finish(frame, effective, "input", rule.fields, place)), next: rule.next };
  }
  const fallback = own(fields, "Default");
  if (typeof fallback === "string") {
    return { ...(await finish(frame, effective, "input")), next: fallback };
  }
  throw new StateFailure({
    error: "States.NoChoiceMatched",
    cause: "Failed to transition out of the state. The state does not point to a next state.",
    placed: true,
  });
}
