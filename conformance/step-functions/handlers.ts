// The Lambda functions that the recorded executions call, as the README of the data describes them.
// What Python printed, they print as Python does.
import type { Json } from "../../src/core/json.ts";
import type { HandlerContext } from "../../src/workflow/asl/index.ts";

/** An exception of Python: its class, its text and where it was raised. */
function raised(name: string, message: string, line: number, source: string): Error {
  const stackTrace = [`  File "/var/task/handler.py", line ${line}, in handler\n    ${source}\n`];
  return Object.assign(new Error(message), { name, stackTrace });
}

/** JSON as Python's `json.dumps` writes it: a blank behind commas and colons. */
export function encode(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(encode).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const pairs = Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${encode(one)}`);
  return `{${pairs.join(", ")}}`;
}

const words = new Map<Json, string>([
  [null, "None"],
  [true, "True"],
  [false, "False"],
]);

/** A value as Python's `repr` prints it. */
function repr(value: Json): string {
  const word = words.get(value);
  if (word !== undefined) return word;
  if (typeof value === "string") {
    const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
    const escaped = value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
    return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
  }
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(repr).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const pairs = Object.entries(value).map(([key, one]) => `${repr(key)}: ${repr(one as Json)}`);
  return `{${pairs.join(", ")}}`;
}

/** The handlers by the name that the recordings give them. */
export const handlers: Readonly<Record<string, (input: Json, context: HandlerContext) => unknown>> =
  {
    "id_function.py": (input) => input,
    "echo_function.py": () => ({ Return: "HelloWorld" }),
    "return_bytes_str.py": () => "HelloWorld!",
    "return_decorated_input.py": (input) => `input-event-${repr(input)}`,
    "large_output_string.py": () => "a".repeat(257 * 1024),
    "raise_exception.py": () => {
      throw raised(
        "Exception",
        "Some exception was raised.",
        2,
        'raise Exception("Some exception was raised.")',
      );
    },
    "raise_custom_exception.py": () => {
      throw raised("CustomException", "", 9, "raise CustomException()");
    },
    "wait_60_seconds.py": async (_, context) => {
      await context.sleep(60_000);
      return null;
    },
  };
