import { afterEach, describe, expect, it } from "vitest";
import { openPostgres } from "../../engines/postgres/store.ts";
import { slo } from "../slo/slo.ts";
import { alert } from "./alert.ts";
import type { AlertOptions } from "./alert.ts";
import { openAlerts } from "./engine.ts";
import { makeRig } from "./rig.contract.ts";
import type { Rig } from "./rig.contract.ts";

const minute = 60_000;
const hour = 60 * minute;

const share: AlertOptions["condition"] = {
  type: "threshold",
  source: { type: "records", signal: "spans", q: "service:shop", measure: "error-share" },
  windowMs: 5 * minute,
  op: ">",
  value: 0.1,
};

const failing = (options: Partial<AlertOptions> = {}) =>
  alert("failing", {
    title: "{{value}} of shop fails",
    severity: "page",
    condition: share,
    notify: ["inbox"],
    groupWaitMs: 0,
    delayMs: 0,
    ...options,
  });

let rig: Rig | undefined;
afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

const kinds = (): string[] => rig?.inbox.got.map(({ kind }) => kind) ?? [];
const ok = () => rig?.spans(5);
const bad = () => {
  rig?.spans(4);
  rig?.spans(1, { status: 2 });
};

describe("an alert", () => {
  it("is pending for a time, fires once, and is resolved once it held no more", async () => {
    rig = await makeRig([failing({ forMs: 2 * minute })]);
    await rig.run(5 * minute, minute, ok);
    expect(kinds()).toEqual([]);
    await rig.run(3 * minute, minute, bad);
    expect((await rig.engine().book.instances())[0]).toMatchObject({ state: "pending" });
    await rig.run(3 * minute, minute, bad);
    expect(kinds()).toEqual(["firing"]);
    const [first] = rig.inbox.got;
    expect(first?.alerts[0]).toMatchObject({
      alert: "failing",
      severity: "page",
      labels: { alert: "failing", severity: "page" },
      state: "firing",
    });
    expect(first?.alerts[0]?.title).toMatch(/^0\.\d+ of shop fails$/);
    await rig.run(12 * minute, minute, ok);
    expect(kinds()).toEqual(["firing", "resolved"]);
    expect(rig.inbox.got[1]?.alerts[0]?.firingId).toBe(first?.alerts[0]?.firingId);
    const history = await rig.engine().book.history({ alert: "failing", limit: 10 });
    expect(history.map(({ to }) => to)).toEqual(["resolved", "firing", "pending"]);
  });

  it("has an instance each group, told together, bounded", async () => {
    const by = { ...share, source: { ...share.source, q: "", by: ["service"] } } as typeof share;
    rig = await makeRig([failing({ condition: by, instancesMax: 2 })]);
    await rig.run(minute, minute, () => {
      for (const service of ["a", "b", "c"]) rig?.spans(1, { service, status: 2 });
    });
    expect(kinds()).toEqual(["firing"]);
    expect(rig.inbox.got[0]?.alerts).toHaveLength(2);
    expect((await rig.engine().book.statuses()).get("failing")).toMatchObject({ leftOut: 1 });
  });

  it("is told again while nobody takes care of it, and not after", async () => {
    rig = await makeRig([failing({ repeatMs: hour })]);
    await rig.run(2 * hour + 5 * minute, 5 * minute, bad);
    expect(kinds()).toEqual(["firing", "repeat", "repeat"]);
    const [instance] = await rig.engine().book.firing();
    await rig.engine().book.acknowledge(instance?.fingerprint ?? "", "mei");
    await rig.run(3 * hour, 5 * minute, bad);
    expect(kinds()).toHaveLength(3);
    expect((await rig.engine().book.firing())[0]).toMatchObject({ acknowledgedBy: "mei" });
    await rig.run(20 * minute, 5 * minute, ok);
    expect(kinds().at(-1)).toBe("resolved");
  });

  it("says when it cannot be evaluated, and stays what it is", async () => {
    rig = await makeRig([failing()]);
    await rig.run(2 * minute, minute, bad);
    const { reader } = rig.options;
    const aggregate = reader.aggregate.bind(reader);
    rig.options.reader.aggregate = () => Promise.reject(new Error("the store is away"));
    await rig.run(3 * minute, minute, ok);
    const status = (await rig.engine().book.statuses()).get("failing");
    expect(status).toMatchObject({ error: "the store is away" });
    expect((status?.errorSinceMs ?? 0) < (status?.evaluatedAtMs ?? 0)).toBe(true);
    expect(await rig.engine().book.firing()).toHaveLength(1);
    rig.options.reader.aggregate = aggregate;
    await rig.run(8 * minute, minute, ok);
    expect(kinds()).toEqual(["firing", "resolved"]);
  });

  it.each([
    ["ok", ["firing", "resolved"], 0],
    ["firing", ["firing"], 1],
    ["keep", ["firing"], 1],
  ] as const)("without data is %s", async (noData, told, left) => {
    rig = await makeRig([failing({ noData })]);
    await rig.run(2 * minute, minute, bad);
    await rig.run(hour, minute);
    expect(kinds()).toEqual(told);
    expect(await rig.engine().book.firing()).toHaveLength(left);
  });

  it("that is deleted is resolved", async () => {
    rig = await makeRig([]);
    const { spec } = failing();
    await rig.engine().catalog.put("mine", spec, "mei");
    await rig.run(2 * minute, minute, bad);
    expect(kinds()).toEqual(["firing"]);
    await rig.engine().catalog.remove("mine");
    await rig.run(10 * minute, minute, bad);
    expect(kinds()).toEqual(["firing", "resolved"]);
    expect(await rig.engine().book.instances()).toEqual([]);
  });
});

describe("muting", () => {
  it("tells nobody while silenced, and tells what still fires when the silence ends", async () => {
    rig = await makeRig([failing()]);
    const silence = await rig.engine().book.silence(
      {
        matchers: [{ label: "alert", op: "=~", value: "fail.*" }],
        fromMs: rig.clock.now(),
        untilMs: rig.clock.now() + 10 * minute,
        why: "a drill",
      },
      "mei",
    );
    await rig.run(9 * minute, minute, bad);
    expect(kinds()).toEqual([]);
    expect(await rig.engine().book.firing()).toHaveLength(1);
    await rig.run(2 * minute, minute, bad);
    expect(kinds()).toEqual(["firing"]);
    await expect(rig.engine().book.unsilence(silence.id)).rejects.toMatchObject({
      code: "MOR_NOT_FOUND",
    });
  });

  it("follows maintenance windows that come again, in their time zone", async () => {
    rig = await makeRig([failing({ keepFiringMs: 0 })]);
    await rig.engine().book.putWindow(
      "nightly",
      {
        matchers: [{ label: "severity", op: "=", value: "page" }],
        // 09:00 in Taipei is 01:00 UTC.
        starts: { cron: "0 9 * * *" },
        timezone: "Asia/Taipei",
        durationMs: 30 * minute,
        why: "backups",
      },
      "mei",
    );
    rig.clock.advance(hour + minute);
    await rig.run(20 * minute, minute, bad);
    expect(kinds()).toEqual([]);
    await rig.run(15 * minute, minute, bad);
    expect(kinds()).toEqual(["firing"]);
  });
});

describe("flapping", () => {
  const alternate = (periodMs: number) => () => {
    const on = Math.floor((rig?.clock.now() ?? 0) / periodMs) % 2 === 0;
    if (on) bad();
    else ok();
  };
  const short = { ...share, windowMs: minute } as typeof share;

  it("is damped: it stays firing until it is calm, and is told once", async () => {
    rig = await makeRig([failing({ condition: short })]);
    await rig.run(2 * hour, minute, alternate(2 * minute));
    const damped = kinds().filter((kind) => kind !== "repeat");
    expect(damped.length).toBeLessThanOrEqual(7);
    expect((await rig.engine().book.firing())[0]).toMatchObject({ flapping: true });
    await rig.run(30 * minute, minute, ok);
    expect(await rig.engine().book.firing()).toEqual([]);
    expect(kinds().at(-1)).toBe("resolved");
  });

  it("is told each time where it is not damped", async () => {
    rig = await makeRig([failing({ condition: short, damping: false, groupIntervalMs: 0 })]);
    await rig.run(2 * hour, minute, alternate(2 * minute));
    expect(kinds().length).toBeGreaterThan(40);
  });
});

describe("delivery", () => {
  it("is tried again with the same id and in order, and its failure is seen", async () => {
    rig = await makeRig([failing()]);
    rig.inbox.failing = true;
    await rig.run(3 * minute, minute, bad);
    await rig.run(12 * minute, minute, ok);
    const waiting = await rig.engine().book.notifications({ status: "waiting", limit: 10 });
    expect(waiting.map(({ kind }) => kind)).toEqual(["resolved", "firing"]);
    expect(waiting.at(-1)).toMatchObject({ error: "the inbox is shut" });
    expect(waiting.at(-1)?.attempts).toBeGreaterThan(2);
    rig.inbox.failing = false;
    await rig.run(20 * minute, minute, ok);
    expect(kinds()).toEqual(["firing", "resolved"]);
    expect(rig.inbox.got.map(({ id }) => id)).toEqual(waiting.map(({ id }) => id).toReversed());
  });

  it("to a notifier that is not there fails, and is seen; attempts come to an end", async () => {
    rig = await makeRig([failing({ notify: ["nobody", "inbox", "console"] })]);
    rig.inbox.failing = true;
    await rig.run(5 * hour, 5 * minute, bad);
    const all = await rig.engine().book.notifications({ limit: 50 });
    const of = (name: string) => all.filter(({ notifier }) => notifier === name);
    expect(of("nobody")[0]).toMatchObject({ status: "failed", attempts: 0 });
    expect(of("console").every(({ status }) => status === "sent")).toBe(true);
    expect(of("inbox").at(-1)).toMatchObject({ status: "failed", attempts: 16 });
  });

  it("of a test reaches the alert's notifiers", async () => {
    rig = await makeRig([failing()]);
    await rig.engine().test("failing");
    await rig.engine().deliver();
    expect(kinds()).toEqual(["test"]);
  });
});

describe("one evaluator", () => {
  it("has the lease; another takes over when it is gone, and what is late is undone", async () => {
    rig = await makeRig([failing()]);
    const second = await openAlerts(rig.options);
    expect(await rig.engine().round()).toBe(true);
    expect(await second.round()).toBe(false);
    rig.clock.advance(20_000);
    expect(await rig.engine().round()).toBe(true);
    rig.clock.advance(31_000);
    expect(await second.round()).toBe(true);
    expect(await rig.engine().round()).toBe(false);
    await second.stop();
    expect(await rig.engine().round()).toBe(true);
  });
});

const postgres = process.env["MORNING_TEST_POSTGRES_URL"];

describe.skipIf(postgres === undefined)(
  "alerts on postgres [needs MORNING_TEST_POSTGRES_URL]",
  () => {
    it("fire, burn, are acknowledged, silenced and resolved", async () => {
      const schema = `alerts_${process.pid}_${Date.now()}`;
      const objective = slo("shop", {
        title: "Shop answers",
        objective: 0.99,
        indicator: { type: "records", signal: "spans", q: "service:shop", good: "-status:error" },
        notify: ["inbox"],
      });
      rig = await makeRig([failing({ groupBy: ["severity"] })], [objective], (clock) =>
        openPostgres({ url: postgres ?? "", clock, schema }),
      );
      await rig.run(10 * minute, minute, bad);
      expect(kinds().filter((kind) => kind === "firing")).toHaveLength(2);
      const { objectives, ledger, book } = rig.engine();
      const { spec } = await objectives.get("shop");
      expect((await ledger.state("shop", spec)).remaining).toBeLessThan(0);
      const fired = await book.firing();
      await book.acknowledge(fired[0]?.fingerprint ?? "", "mei");
      await book.silence(
        {
          matchers: [{ label: "alert", op: "!=", value: "" }],
          fromMs: rig.clock.now(),
          untilMs: rig.clock.now() + hour,
          why: "a drill",
        },
        "mei",
      );
      await rig.restart();
      await rig.run(90 * minute, minute, ok);
      expect(kinds().filter((kind) => kind === "resolved")).toHaveLength(2);
      expect(await rig.engine().book.history({ limit: 100 })).not.toHaveLength(0);
    });
  },
);
