import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MorningError } from "../../core/errors.ts";
import type { ScheduleDriver, ScheduleSpec } from "./driver.ts";
import { parseExpression } from "./expression.ts";
import type { ScheduleOptions } from "./expression.ts";
import { runOf } from "./run.ts";
import type { ScheduledRun } from "./schedule.ts";

/** A driver under test on its real engine. */
export interface ScheduleSubject {
  readonly driver: ScheduleDriver;
  now(): number;
  /** Makes the engine's resources, as a deployment would, before `declare`. */
  provision(
    specs: readonly ScheduleSpec[],
    options: ReadonlyMap<string, ScheduleOptions>,
  ): Promise<void>;
  /** Waits until a queue has `count` runs, or until `withinMs` have passed, and takes them off. */
  runs(queue: string, count: number, withinMs: number): Promise<readonly ScheduledRun[]>;
  close(): Promise<void>;
}

/** How a driver is opened for the suite. */
export interface ScheduleContract {
  readonly name: string;
  readonly skip?: boolean;
  /** Whether the engine under test is known to answer a case otherwise than the real one. */
  readonly gap?: (caseName: string) => boolean;
  open(): Promise<ScheduleSubject>;
}

/** Reads the runs in the bodies of messages. */
export function runsOf(
  schedule: string,
  messages: readonly { readonly body: string; readonly sentAtMs: number }[],
): ScheduledRun[] {
  return messages.map(({ body, sentAtMs }) => runOf(body, schedule, sentAtMs));
}

function specOf(name: string, options: ScheduleOptions): ScheduleSpec {
  return { name, expression: parseExpression(options), queue: `schedule.${name}`, missed: "once" };
}

/** The next whole minute that is at least ten seconds away, local time in UTC. */
function soon(nowMs: number): { readonly atMs: number; readonly at: string } {
  const atMs = Math.ceil((nowMs + 10_000) / 60_000) * 60_000;
  return { atMs, at: new Date(atMs).toISOString().slice(0, 19) };
}

/** The one suite that every schedule driver passes against its engine. */
export function describeScheduleContract(contract: ScheduleContract): void {
  const { name, skip = false } = contract;
  const isGap = (caseName: string): boolean => contract.gap?.(caseName) ?? false;
  describe.skipIf(skip)(name, () => {
    let subject: ScheduleSubject;
    let once: ReturnType<typeof soon>;
    let fired: ScheduledRun | undefined;
    beforeAll(async () => {
      subject = await contract.open();
      once = soon(subject.now());
      const options = new Map<string, ScheduleOptions>([
        ["nightly", { cron: "cron(0 2 * * ? *)", timezone: "Asia/Taipei" }],
        ["once", { at: once.at }],
        ["hourly", { rate: "1 hour" }],
      ]);
      const specs = [...options].map(([schedule, given]) => specOf(schedule, given));
      await subject.provision(specs, options);
      await subject.driver.declare(specs);
      await subject.driver.start();
    });
    afterAll(() => subject?.close());

    it("says when a schedule fires next, in its time zone", async () => {
      const { nextAtMs, paused } = await subject.driver.state("nightly");
      expect(paused).toBe(false);
      const hour = new Intl.DateTimeFormat("en-GB", {
        timeZone: "Asia/Taipei",
        hour: "2-digit",
        minute: "2-digit",
      }).format(nextAtMs);
      expect(hour).toBe("02:00");
    });

    it("counts missed firings where it can miss any", async () => {
      const { features } = subject.driver;
      const { missedTotal, lastMissedAtMs } = await subject.driver.state("nightly");
      expect(missedTotal).toBe(features.missedRuns ? 0 : undefined);
      expect(lastMissedAtMs).toBeUndefined();
    });

    it("refuses a name that was not declared", async () => {
      const refused = await subject.driver.state("unknown").catch((error: unknown) => error);
      expect(MorningError.is(refused, "MOR_NOT_FOUND")).toBe(true);
    });

    it("fires by hand at once, besides its times", async () => {
      await subject.driver.run("hourly");
      const [run] = await subject.runs("schedule.hourly", 1, 10_000);
      expect(run?.manual).toBe(true);
    });

    it("fires no more while paused, and again once resumed", async () => {
      await subject.driver.pause("nightly");
      const paused = await subject.driver.state("nightly");
      expect(paused).toMatchObject({ paused: true });
      expect(paused.nextAtMs).toBeUndefined();
      await subject.driver.resume("nightly");
      expect(await subject.driver.state("nightly")).toMatchObject({ paused: false });
    });

    it("fires a single time when it is due, and once", { timeout: 120_000 }, async () => {
      const waitMs = once.atMs - subject.now() + 15_000;
      const runs = await subject.runs("schedule.once", 1, Math.max(1_000, waitMs));
      expect(runs).toHaveLength(1);
      fired = runs[0];
      expect(fired?.manual).toBe(false);
      expect(await subject.runs("schedule.once", 1, 500)).toEqual([]);
    });

    const saysWhen = "says in a run when it was due";
    it.skipIf(isGap(saysWhen))(saysWhen, () => {
      expect(fired?.scheduledAtMs).toBe(once.atMs);
    });
  });
}
