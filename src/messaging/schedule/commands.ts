import type { ApiClient, Command, CommandRun } from "../../core/command.ts";
import type { ScheduleView } from "./runtime.ts";

const nameArgument = [{ name: "name", description: "The schedule" }];

function at(instantMs: number | undefined): string {
  return instantMs === undefined ? "-" : new Date(instantMs).toISOString();
}

async function viewOf(api: ApiClient, name: string): Promise<ScheduleView> {
  return (await api.request("GET", `/schedules/${encodeURIComponent(name)}`)) as ScheduleView;
}

function show(call: CommandRun, view: ScheduleView): void {
  const { name, text, timezone, service = "nobody", paused } = view;
  const next = paused ? "paused" : at(view.nextAtMs);
  call.out(`${name}  ${text} (${timezone})  next ${next}  last ${at(view.lastAtMs)}  ${service}`);
}

async function act(call: CommandRun, action: string, done: string): Promise<number> {
  const name = call.args["name"] ?? "";
  await call.api.request("POST", `/schedules/${encodeURIComponent(name)}/${action}`, {});
  call.out(
    call.options["json"] === true ? JSON.stringify({ schedule: name, done }) : `${name}: ${done}`,
  );
  return 0;
}

/** `morning schedule ...` */
export const commands: readonly Command[] = [
  {
    name: "schedule list",
    summary: "Schedules: what they are, when they fire next, who runs",
    args: [],
    options: {},
    async run(call) {
      const found = (await call.api.request("GET", "/schedules")) as { schedules: ScheduleView[] };
      if (call.options["json"] === true) call.out(JSON.stringify(found));
      else for (const view of found.schedules) show(call, view);
      return 0;
    },
  },
  {
    name: "schedule show",
    summary: "One schedule with its next times",
    args: nameArgument,
    options: {},
    async run(call) {
      const view = await viewOf(call.api, call.args["name"] ?? "");
      if (call.options["json"] === true) {
        call.out(JSON.stringify(view));
        return 0;
      }
      show(call, view);
      const { missedTotal, lastMissedAtMs, handled, failed, deadLetters, running } = view;
      const last = lastMissedAtMs === null ? "" : `, the last of ${at(lastMissedAtMs)}`;
      call.out(`  missed ${missedTotal}${last}`);
      call.out(`  since the start: ${handled} handled, ${failed} failed`);
      call.out(`  ${running} running, ${deadLetters} dead`);
      for (const ms of view.upcomingMs) call.out(`  ${at(ms)}`);
      return 0;
    },
  },
  {
    name: "schedule run",
    summary: "Run a schedule now, besides its times",
    args: nameArgument,
    options: {},
    run: (call) => act(call, "runs", "started"),
  },
  {
    name: "schedule pause",
    summary: "Fire no more until resumed",
    args: nameArgument,
    options: {},
    run: (call) => act(call, "pause", "paused"),
  },
  {
    name: "schedule resume",
    summary: "Fire again",
    args: nameArgument,
    options: {},
    run: (call) => act(call, "resume", "resumed"),
  },
];
