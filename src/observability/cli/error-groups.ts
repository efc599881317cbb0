import type { Command } from "../../core/command.ts";
import type { GroupDetailView, GroupsView } from "../api/error-groups.ts";
import type { MappedFrame } from "../errors/sourcemaps.ts";
import { aligned, instant, option, queryOf, rangeOptions, show, text } from "./asking.ts";

const list: Command = {
  name: "errors list",
  summary: "Groups of errors, the last seen first",
  args: [],
  options: {
    ...rangeOptions,
    status: text("Only those that are open, resolved or ignored"),
    service: text("Only those of this service"),
    limit: text("Groups at most, 1 to 500; 50 if left out"),
  },
  async run(call) {
    const query = queryOf(call, {
      status: option(call, "status"),
      service: option(call, "service"),
      limit: option(call, "limit") ?? "50",
    });
    const path = `/telemetry/errors?${query.toString()}`;
    const found = (await call.api.request("GET", path)) as GroupsView;
    return show(call, found, () =>
      aligned(
        found.groups.map((group) => [
          group.fingerprint,
          group.status,
          group.count,
          group.service,
          `${group.type}: ${group.message}`.slice(0, 100),
          group.culprit,
          instant(group.lastSeenMs),
        ]),
      ),
    );
  },
};

function frameLines({ function: name, file, line, column, context }: MappedFrame): string[] {
  const head = `    at ${name === "" ? "(anonymous)" : name} (${file}:${line}:${column})`;
  return context === undefined ? [head] : [head, `      > ${context.line.trim()}`];
}

const get: Command = {
  name: "errors show",
  summary: "One group: why its errors are one, the latest with its stack, how they are spread",
  args: [{ name: "group", description: "Its fingerprint, 16 hex digits" }],
  options: rangeOptions,
  async run(call) {
    const id = encodeURIComponent(call.args["group"] ?? "");
    const path = `/telemetry/errors/${id}?${queryOf(call).toString()}`;
    const found = (await call.api.request("GET", path)) as GroupDetailView;
    const { group, errors, frames, spread } = found;
    const [latest] = errors;
    return show(call, found, () => [
      `${group.type}: ${group.message}`,
      `${group.service}, ${group.status}, ${group.times} times, ${group.count} in this range`,
      `first ${instant(group.firstSeenMs)} ${group.firstRelease}`.trimEnd(),
      `last  ${instant(group.lastSeenMs)} ${group.lastRelease}`.trimEnd(),
      `grouped by ${group.groupedBy}: ${group.parts.join(" | ")}`,
      ...(latest === undefined ? [] : [`latest: trace ${latest.traceId || "unknown"}`]),
      ...frames.flatMap(frameLines),
      ...spread.map(({ field, values }) => {
        const counts = values.map(({ value, count }) => `${value} ${count}`);
        return `${field}: ${counts.join(", ")}`;
      }),
    ]);
  },
};

function acting(verb: string, summary: string, bodyOf: (release?: string) => unknown): Command {
  return {
    name: `errors ${verb}`,
    summary,
    args: [{ name: "group", description: "Its fingerprint, 16 hex digits" }],
    options: verb === "resolve" ? { release: text("The release that mends it") } : {},
    async run(call) {
      const id = encodeURIComponent(call.args["group"] ?? "");
      const body = bodyOf(option(call, "release"));
      const group = await call.api.request("POST", `/telemetry/errors/${id}`, body);
      return show(call, group, () => [`${verb}: ${call.args["group"] ?? ""}`]);
    },
  };
}

/** Commands that look at errors and settle them. */
export const errorCommands: readonly Command[] = [
  list,
  get,
  acting("resolve", "Say that a group is mended; it comes back as regressed", (release) => ({
    action: "resolve",
    ...(release === undefined ? {} : { release }),
  })),
  acting("ignore", "Hide a group until somebody reopens it", () => ({ action: "ignore" })),
  acting("reopen", "Put a group back among those that are open", () => ({ action: "reopen" })),
];
