import { listOf, numberOf, objectOf, textOf } from "../json.ts";
import type { Loose } from "../json.ts";

/** Frames of one exception that become text. */
const framesMax = 100;
/** Exceptions of one chain. */
export const chainMax = 10;

interface Place {
  readonly file: string;
  readonly name: string;
  readonly module: string;
  readonly line: number;
  readonly column: number;
}

/** The frames innermost first: Sentry tells the outermost first. */
function placesOf(exception: Loose): readonly Place[] {
  const frames = listOf(objectOf(exception["stacktrace"])?.["frames"]);
  return frames
    .slice(-framesMax)
    .map((one) => {
      const frame = objectOf(one) ?? {};
      const path = textOf(frame["abs_path"], 500);
      return {
        file: path === "" ? textOf(frame["filename"], 500) : path,
        name: textOf(frame["function"], 300),
        module: textOf(frame["module"], 300),
        line: numberOf(frame["lineno"]) ?? 0,
        column: numberOf(frame["colno"]) ?? 0,
      };
    })
    .toReversed();
}

/** A name or file is one line. */
const oneLine = (text: string): string => text.replaceAll(/[\r\n]+/g, " ");

function head(exception: Loose): string {
  const type = textOf(exception["type"], 1_000);
  const value = textOf(exception["value"], 8_000);
  return value === "" ? type : `${type}: ${value}`;
}

function scriptLine({ file, name, line, column }: Place): string {
  const where = `${file === "" ? "<anonymous>" : file}:${line}:${column}`;
  return name === "" || name === "?" ? `    at ${where}` : `    at ${name} (${where})`;
}

function javaLine({ file, name, module, line }: Place): string {
  const called = module === "" ? name : `${module}.${name}`;
  return `    at ${called}(${file}${line > 0 ? `:${line}` : ""})`;
}

function goLine({ file, name, module, line }: Place): string {
  return `${module === "" ? name : `${module}.${name}`}(...)\n\t${file}:${line}`;
}

function python(chain: readonly Loose[]): string {
  return chain
    .map((exception) => {
      const lines = placesOf(exception)
        .toReversed()
        .map(({ file, name, line }) => oneLine(`  File "${file}", line ${line}, in ${name}`));
      return ["Traceback (most recent call last):", ...lines, head(exception)].join("\n");
    })
    .join("\n\nThe above exception was the direct cause of the following exception:\n\n");
}

const writers: Readonly<Record<string, (place: Place) => string>> = {
  java: javaLine,
  kotlin: javaLine,
  scala: javaLine,
  go: goLine,
};

/** A chain of exceptions, causes first, as the text that the platform's runtime would print. */
export function stackText(chain: readonly Loose[], platform: string): string {
  const told = chain.slice(-chainMax);
  if (!told.some((exception) => placesOf(exception).length > 0)) return "";
  if (platform === "python") return python(told);
  const write = writers[platform] ?? scriptLine;
  return told
    .toReversed()
    .map((exception) => {
      const lines = placesOf(exception).map((place) =>
        write === goLine ? write(place) : oneLine(write(place)),
      );
      return [head(exception), ...lines].join("\n");
    })
    .join("\nCaused by: ");
}
