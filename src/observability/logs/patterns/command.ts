import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Command, CommandRun } from "../../../core/command.ts";
import { coreErrors } from "../../../core/errors.ts";
import { BatchMiner } from "./batch.ts";
import type { MinedPatterns } from "./batch.ts";
import { headerSample, readHeaders } from "./header.ts";
import type { HeaderReader } from "./header.ts";

/** Up to so many lines `--json` says of each line which pattern it is, unasked. */
const assignedUnasked = 100_000;
/** Patterns that the text output shows. */
const shownDefault = 50;

/** Mines all lines of a stream; its first lines decide what their header is. */
async function mineStream(input: Readable, header: "auto" | "none"): Promise<MinedPatterns> {
  const miner = new BatchMiner();
  const sample: string[] = [];
  let read: HeaderReader | undefined = header === "none" ? (line) => line : undefined;
  const settle = (): HeaderReader => {
    const found = readHeaders(sample.filter((line) => line.trim() !== ""));
    for (const line of sample) miner.add(found(line));
    return found;
  };
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    if (read !== undefined) miner.add(read(line));
    else {
      sample.push(line);
      if (sample.length === headerSample) read = settle();
    }
  }
  if (read === undefined) settle();
  return miner.finish();
}

function opened(path: string | undefined): Readable {
  return path === undefined || path === "-" ? process.stdin : createReadStream(path, "utf8");
}

function show(call: CommandRun, mined: MinedPatterns): void {
  const { patterns, assignment } = mined;
  const lines = assignment.length;
  const share = (count: number): number => Number((count / Math.max(1, lines)).toFixed(6));
  if (call.options["json"] === true) {
    const assign = call.options["assign"] === true || lines <= assignedUnasked;
    call.out(
      JSON.stringify({
        lines,
        patterns: patterns.map(({ id, template, count, example, firstLine }) => ({
          id,
          template,
          count,
          share: share(count),
          example,
          firstLine,
        })),
        ...(assign ? { assignment: [...assignment] } : {}),
      }),
    );
    return;
  }
  const limit = Number(call.options["limit"] ?? shownDefault);
  for (const { template, count } of patterns.slice(0, limit)) {
    const percent = `${(share(count) * 100).toFixed(1)}%`;
    call.out(`${String(count).padStart(10)} ${percent.padStart(6)}  ${template}`);
  }
  const more = patterns.length - limit;
  if (more > 0) call.out(`${more} more patterns: --limit ${patterns.length}`);
  call.out(`${patterns.length} patterns in ${lines} lines`);
  if (call.options["assign"] === true) for (const index of assignment) call.out(String(index));
}

/** `morning logs patterns FILE`: the templates of any log file. */
export const patternsCommand: Command = {
  name: "logs patterns",
  summary:
    "Find the patterns of a log file, or of standard input; needs no platform. --json prints one " +
    "object { lines, patterns: [{ id, template, count, share, example, firstLine }], " +
    "assignment }: " +
    "patterns most frequent first, firstLine from 0, and for each line the index of its pattern " +
    "(left out above 100,000 lines without --assign).",
  args: [{ name: "file", description: "The file; - or none for standard input", optional: true }],
  options: {
    header: {
      type: "string",
      default: "auto",
      description: "auto: cut time, level, process off raw lines; none: lines are messages",
    },
    assign: { type: "boolean", description: "Also say of every line which pattern it is" },
    limit: { type: "string", description: "Patterns shown without --json; 50 if left out" },
  },
  async run(call) {
    const header = call.options["header"] ?? "auto";
    if (header !== "auto" && header !== "none") {
      throw coreErrors.MOR_INVALID(`--header is ${String(header)}, not auto or none`);
    }
    const limit = Number(call.options["limit"] ?? shownDefault);
    if (!Number.isInteger(limit) || limit < 1) {
      throw coreErrors.MOR_INVALID(`--limit is ${String(call.options["limit"])}, not 1 or more`);
    }
    const path = call.args["file"];
    try {
      show(call, await mineStream(opened(path), header));
    } catch (cause) {
      if (!(cause instanceof Error) || !("syscall" in cause)) throw cause;
      throw coreErrors.MOR_NOT_FOUND(`${path} cannot be read: ${cause.message}`, { cause });
    }
    return 0;
  },
};
