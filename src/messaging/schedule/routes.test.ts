import { afterEach, expect, test } from "vitest";
import { allSeries } from "../../core/capabilities/figures.ts";
import type { ApiClient } from "../../core/command.ts";
import type { Host } from "../../core/host.ts";
import { handle } from "../../core/receiver.ts";
import type { Receiving } from "../../core/receiver.ts";
import { app, service } from "../../core/service.ts";
import { openInline } from "../../engines/sqlite/inline.ts";
import { routesClient } from "../../state/routes.contract.ts";
import { simulatedClock } from "../../testing/clock.ts";
import type { SimulatedClock } from "../../testing/clock.ts";
import { testHost } from "../../testing/host.ts";
import { settle } from "../../testing/settle.ts";
import { driver as queues } from "../queue/drivers/sqlite.ts";
import { openQueues } from "../queue/runtime.ts";
import { commands } from "./commands.ts";
import { driver as sqlite } from "./drivers/sqlite.ts";
import { scheduleRoutes } from "./routes.ts";
import { scheduleRuntime } from "./runtime.ts";
import { schedule } from "./schedule.ts";
import type { Trigger } from "./schedule.ts";

const nightly = schedule("nightly", { cron: "0 2 * * *", description: "Counts", attemptsMax: 1 });
const nobody = schedule("nobody", { rate: "1 hour" });
const counter = service("counter", { uses: { nightly: nightly.trigger() } });

interface Opened {
  readonly host: Host;
  readonly api: ApiClient;
  readonly clock: SimulatedClock;
  readonly advance: (byMs: number) => Promise<void>;
  readonly handle: (run: () => void) => void;
}

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function open(): Promise<Opened> {
  const clock = simulatedClock();
  const store = openInline({ clock });
  const host: Host = {
    ...testHost({ clock, store }),
    app: app("shop", { services: [counter] }),
  };
  const queueDriver = await queues.open(host, {});
  await openQueues(host, queueDriver, []);
  const driver = await sqlite.open(host, {});
  const runtime = await scheduleRuntime(host, driver, [nightly, nobody]);
  await runtime.start?.();
  const advance = async (byMs: number): Promise<void> => {
    for (let left = byMs; left > 0; left -= 30_000) {
      clock.advance(Math.min(left, 30_000));
      await settle();
    }
  };
  ends.push(() => driver.close());
  return {
    host,
    clock,
    api: routesClient(scheduleRoutes(runtime)),
    advance,
    handle(run) {
      const trigger = runtime.hold(nightly.trigger(), { service: "counter" }) as Trigger;
      const receiving: Receiving = handle(trigger, {}, run).start();
      ends.push(async () => {
        const stopped = receiving.stop(0);
        await advance(1000);
        await stopped;
      });
    },
  };
}

test("a schedule says what it missed, handled and failed, and what lies in its queue", async () => {
  const { api, advance, handle: bind } = await open();
  let broken = false;
  bind(() => {
    if (broken) throw new Error("broken");
  });
  await api.request("POST", "/schedules/nightly/runs");
  await advance(1000);
  broken = true;
  await api.request("POST", "/schedules/nightly/runs");
  await advance(60_000);
  expect(await api.request("GET", "/schedules/nightly")).toMatchObject({
    name: "nightly",
    service: "counter",
    queue: "schedule.nightly",
    missedTotal: 0,
    lastMissedAtMs: null,
    handled: 1,
    failed: 1,
    deadLetters: 1,
    running: 0,
  });
});

test("runs that other processes handled count too", async () => {
  const { api, host } = await open();
  const labels = { queue: "schedule.nightly", outcome: "done" };
  host.provide(allSeries, () => [
    { name: "morning_queue_handled_total", kind: "counter", help: "", labels, value: 3 },
    ...host.metrics.snapshot(),
  ]);
  expect(await api.request("GET", "/schedules/nightly")).toMatchObject({ handled: 3, failed: 0 });
});

test("the next times of a rate count from where the engine counts", async () => {
  const { api, advance } = await open();
  await advance(90_000);
  const view = (await api.request("GET", "/schedules/nobody")) as {
    nextAtMs: number;
    upcomingMs: readonly number[];
  };
  const hours = [0, 1, 2, 3, 4].map((hour) => view.nextAtMs + hour * 3_600_000);
  expect(view.upcomingMs).toEqual(hours);
});

test("as many of the next times are told as were asked for", async () => {
  const { api } = await open();
  const upcoming = async (path: string): Promise<number> => {
    const { upcomingMs } = (await api.request("GET", path)) as { upcomingMs: readonly number[] };
    return upcomingMs.length;
  };
  expect(await upcoming("/schedules/nobody")).toBe(5);
  expect(await upcoming("/schedules/nobody?upcoming=24")).toBe(24);
  expect(await api.request("GET", "/schedules?upcoming=1")).toMatchObject({
    schedules: [{ upcomingMs: [expect.any(Number)] }, { upcomingMs: [expect.any(Number)] }],
  });
  const tooMany = api.request("GET", "/schedules?upcoming=501");
  await expect(tooMany).rejects.toMatchObject({ code: "MOR_INVALID" });
});

test("a pause and its end are counted, and the command line tells it", async () => {
  const { api, advance, clock } = await open();
  await api.request("POST", "/schedules/nightly/pause");
  await advance(25 * 3_600_000);
  await api.request("POST", "/schedules/nightly/resume");
  const view = (await api.request("GET", "/schedules/nightly")) as { lastMissedAtMs: number };
  expect(view).toMatchObject({ paused: false, missedTotal: expect.any(Number) as number });
  expect(view.lastMissedAtMs).toBeLessThanOrEqual(clock.now());
  const lines: string[] = [];
  const show = commands.find(({ name }) => name === "schedule show");
  const call = { args: { name: "nightly" }, options: {}, api, wait: async () => {} };
  await show?.run({ ...call, out: (line) => void lines.push(line) });
  expect(lines[1]).toMatch(/^ {2}missed [12], the last of \d{4}-/);
  expect(lines).toContain("  0 running, 0 dead");
});
