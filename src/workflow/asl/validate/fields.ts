import type { QueryLanguage, StateType } from "../definition.ts";

interface FieldTable {
  readonly both: readonly string[];
  readonly path: readonly string[];
  readonly expression: readonly string[];
}

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== "");
const inOut = "InputPath OutputPath";

/** The fields of each type of state: of both languages, of JSONPath, of JSONata. */
const tables: Readonly<Record<StateType, FieldTable>> = {
  Pass: {
    both: words("Next End Assign Result"),
    path: words(`${inOut} Parameters ResultPath`),
    expression: words("Output"),
  },
  Task: {
    both: words("Next End Assign Resource Retry Catch TimeoutSeconds HeartbeatSeconds Credentials"),
    path: words(
      `${inOut} Parameters ResultSelector ResultPath TimeoutSecondsPath HeartbeatSecondsPath`,
    ),
    expression: words("Arguments Output"),
  },
  Choice: {
    both: words("Choices Default Assign"),
    path: words(inOut),
    expression: words("Output"),
  },
  Wait: {
    both: words("Next End Assign Seconds Timestamp"),
    path: words(`${inOut} SecondsPath TimestampPath`),
    expression: words("Output"),
  },
  Succeed: { both: [], path: words(inOut), expression: words("Output") },
  Fail: { both: words("Error Cause"), path: words("ErrorPath CausePath"), expression: [] },
  Parallel: {
    both: words("Next End Assign Branches Retry Catch"),
    path: words(`${inOut} Parameters ResultSelector ResultPath`),
    expression: words("Arguments Output"),
  },
  Map: {
    both: words(
      "Next End Assign ItemProcessor Iterator ItemSelector ItemReader ItemBatcher ResultWriter " +
        "MaxConcurrency ToleratedFailureCount ToleratedFailurePercentage Label Retry Catch",
    ),
    path: words(
      `${inOut} ItemsPath Parameters ResultSelector ResultPath MaxConcurrencyPath ` +
        "ToleratedFailureCountPath ToleratedFailurePercentagePath",
    ),
    expression: words("Items Output"),
  },
};

const always = words("Type Comment QueryLanguage");

/** Whether a field is of the state's type at all, and if so whether of its language. */
export function fieldStanding(
  type: StateType,
  language: QueryLanguage,
  field: string,
): "fits" | "otherLanguage" | "unknown" {
  const { both, path, expression } = tables[type];
  const [mine, theirs] = language === "JSONPath" ? [path, expression] : [expression, path];
  if (always.includes(field) || both.includes(field) || mine.includes(field)) return "fits";
  return theirs.includes(field) ? "otherLanguage" : "unknown";
}

/** Whether a text names a type of state. */
export function isStateType(value: unknown): value is StateType {
  return typeof value === "string" && Object.hasOwn(tables, value);
}
