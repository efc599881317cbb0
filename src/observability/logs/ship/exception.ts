/** An exception as the semantic conventions name its parts. */
export interface Exception {
  readonly "exception.type": string;
  readonly "exception.message": string;
  readonly "exception.stacktrace": string;
}

/** `TypeError: x is not a function`, `com.shop.PayException: declined`. */
const named =
  /(?:^|\s)([A-Za-z_][\w.$]{0,200}(?:Error|Exception|Failure|Warning|Exit|Interrupt)): ?(.*)$/;
const nameOnly = /(?:^|\s)([A-Za-z_][\w.$]{0,200}(?:Error|Exception|Exit|Interrupt))$/;
const calls = /^\s+at \S/;
const pythonCalls = /^\s+File "[^"]{1,1000}", line \d/;
const goPanic = /^(?:panic|fatal error): (.*)$/;

const linesMax = 400;
const lineMax = 2_000;

function made(type: string, message: string, stack: string): Exception {
  return { "exception.type": type, "exception.message": message, "exception.stacktrace": stack };
}

/** The exception whose type and message the line names, with its stack. */
function fromLine(line: string, stack: string): Exception | undefined {
  const text = line.slice(0, lineMax);
  const [, type, message = ""] = named.exec(text) ?? nameOnly.exec(text) ?? [];
  return type === undefined ? undefined : made(type, message, stack);
}

/**
 * The exception that an entry of several lines reports; undefined where its lines are no stack.
 * Python names it behind the calls, all others in front of them.
 */
export function exceptionOf(text: string): Exception | undefined {
  const lines = text.split("\n", linesMax);
  if (lines.length < 2) return undefined;
  const panic = goPanic.exec(lines[0] ?? "");
  if (panic !== null && lines.some((line) => line.startsWith("goroutine "))) {
    return made("panic", (panic[1] ?? "").slice(0, lineMax), text);
  }
  const python = lines.findLastIndex((line) => pythonCalls.test(line));
  if (python !== -1) {
    const last = lines.slice(python + 1).find((line) => line !== "" && !/^\s/.test(line));
    if (last === undefined) return undefined;
    const [, type = last, message = ""] = /^([\w.]{1,200})(?:: (.*))?$/.exec(last) ?? [];
    return made(type.slice(0, 200), message.slice(0, lineMax), text);
  }
  const call = lines.findIndex((line) => calls.test(line));
  if (call < 1) return undefined;
  // A message may have lines of its own between its name and the calls.
  for (let at = call - 1; at >= 0; at--) {
    const found = fromLine(lines[at] ?? "", lines.slice(at).join("\n"));
    if (found !== undefined) return found;
  }
  return undefined;
}
