import type { Command } from "../../core/command.ts";
import { coreErrors } from "../../core/errors.ts";
import { aligned, instant, option, show, text } from "../cli/asking.ts";
import type { AlertDetailView, AlertView } from "./answers.ts";

const list: Command = {
  name: "alerts list",
  summary: "Every alert: state, value, since when",
  args: [],
  options: {},
  async run(call) {
    const found = (await call.api.request("GET", "/alerts")) as { alerts: readonly AlertView[] };
    return show(call, found.alerts, () =>
      aligned(
        found.alerts.map(({ name, state, spec, sinceMs, note, firing }) => [
          name,
          firing > 1 ? `${state} x${firing}` : state,
          spec.severity,
          sinceMs === null ? "" : instant(sinceMs),
          note.slice(0, 80),
        ]),
      ),
    );
  },
};

const named = { name: "alert", description: "Its name" };

const get: Command = {
  name: "alerts get",
  summary: "One alert: definition, instances, history",
  args: [named],
  options: {},
  async run(call) {
    const path = `/alerts/${encodeURIComponent(call.args["alert"] ?? "")}`;
    const found = (await call.api.request("GET", path)) as AlertDetailView;
    return show(call, found, () => [
      `${found.name}: ${found.state}, ${found.spec.severity}, from ${found.origin}`,
      found.spec.title,
      ...(found.note === "" ? [] : [found.note]),
      ...found.instances.map(({ state, labels, note, sinceMs, muted }) => {
        const told = muted === null ? "" : ` (${muted.by}: ${muted.why})`;
        return `  ${state} ${JSON.stringify(labels)} since ${instant(sinceMs)}${told}: ${note}`;
      }),
      ...found.history
        .slice(0, 20)
        .map(
          ({ atMs, to, labels, note }) =>
            `${instant(atMs)} ${to} ${JSON.stringify(labels)} ${note}`,
        ),
    ]);
  },
};

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function lengthOf(value: string): number {
  const [, amount, unit = ""] = /^(\d+)([mhd])$/.exec(value) ?? [];
  if (amount !== undefined) return Number(amount) * (units[unit] ?? 0);
  throw coreErrors.MOR_INVALID(`--for is ${value}, not a length such as 30m, 2h or 1d`);
}

const silence: Command = {
  name: "alerts silence",
  summary: "Tell nobody of an alert for a time",
  args: [named],
  options: {
    for: text("How long: 30m, 2h, 1d; 1h if left out"),
    why: text("Why, for whoever wonders"),
  },
  async run(call) {
    const body = {
      alert: call.args["alert"],
      forMs: lengthOf(option(call, "for") ?? "1h"),
      why: option(call, "why") ?? "silenced from the command line",
    };
    const made = (await call.api.request("POST", "/silences", body)) as {
      readonly id: string;
      readonly untilMs: number;
    };
    return show(call, made, () => [`silence ${made.id} until ${instant(made.untilMs)}`]);
  },
};

const test: Command = {
  name: "alerts test",
  summary: "Send a test notification to an alert's notifiers",
  args: [named],
  options: {},
  async run(call) {
    const path = `/alerts/${encodeURIComponent(call.args["alert"] ?? "")}/test`;
    const sent = (await call.api.request("POST", path)) as { readonly id: string };
    return show(call, sent, () => [`notification ${sent.id}`]);
  },
};

/** Commands that look at alerts and settle them. */
export const alertCommands: readonly Command[] = [list, get, silence, test];
