import { expect, test } from "vitest";
import type { Clock } from "../../core/clock.ts";
import type { Store } from "../../core/store.ts";
import { openInline } from "./inline.ts";

/** A clock whose timers fire when the test moves it. */
function handClock(): Clock & { move(ms: number): void } {
  let nowMs = 0;
  const timers = new Set<{ at: number; fire: () => void }>();
  return {
    now: () => nowMs,
    monotonic: () => nowMs,
    after(delayMs, fire) {
      const timer = { at: nowMs + delayMs, fire };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    move(ms) {
      nowMs += ms;
      for (const timer of timers) {
        if (timer.at > nowMs) continue;
        timers.delete(timer);
        timer.fire();
      }
    },
  };
}

const clock = handClock();
const create = { statements: [{ sql: "create table t (id integer primary key)" }] };
const insert = (id: number) => ({
  statements: [{ sql: "insert into t values (?)", params: [id] }],
  wake: ["t"],
});
const count = async (store: Store): Promise<unknown> =>
  (await store.read("select count(*) as n from t"))[0]?.["n"];

function watch(promise: Promise<unknown>): { state: string } {
  const seen = { state: "waiting" };
  promise.then(
    () => (seen.state = "kept"),
    (error: { code: string }) => (seen.state = error.code),
  );
  return seen;
}

test("a manual store commits nothing before flush, then all of it as one group", async () => {
  const store = openInline({ clock, flush: "manual" });
  const writes = [create, insert(1), insert(2)].map((write) => watch(store.write(write)));
  await Promise.resolve();
  expect(writes.map((write) => write.state)).toEqual(["waiting", "waiting", "waiting"]);
  store.flush();
  await Promise.resolve();
  expect(writes.map((write) => write.state)).toEqual(["kept", "kept", "kept"]);
  expect(await store.stats()).toMatchObject({ writes: 3, commits: 1 });
  await store.close();
});

test("a crash drops what is not committed and the next process sees what was", async () => {
  const store = openInline({ clock, flush: "manual" });
  void store.write(create);
  void store.write(insert(1));
  store.flush();
  let woken = 0;
  store.listen("t", () => woken++);
  const lost = watch(store.write(insert(2)));
  const next = store.crash();
  store.flush();
  expect(await count(next)).toBe(1);
  const dead = watch(store.write(insert(3)));
  void next.write(insert(4));
  next.flush();
  expect(await count(next)).toBe(2);
  expect([lost.state, dead.state, woken]).toEqual(["waiting", "waiting", 0]);
});

test("a crash between commit and acknowledgement keeps what nobody heard of", async () => {
  const store = openInline({ clock, faults: { acknowledgeMs: () => 50 } });
  const created = store.write(create);
  await Promise.resolve();
  clock.move(50);
  await created;
  const unheard = watch(store.write(insert(1)));
  await Promise.resolve();
  clock.move(49);
  const next = store.crash({});
  clock.move(10);
  expect(await count(next)).toBe(1);
  expect(unheard.state).toBe("waiting");
});

test("a failing commit rejects exactly its group and the store works on", async () => {
  const plan: ("full" | "io" | undefined)[] = [undefined, "full", "io", undefined];
  const store = openInline({ clock, faults: { commit: () => plan.shift() } });
  let woken = 0;
  store.listen("t", () => woken++);
  await store.write(create);
  const full = await Promise.allSettled([store.write(insert(1)), store.write(insert(2))]);
  const io = await Promise.allSettled([store.write(insert(3))]);
  expect([...full, ...io].map((one) => one.status === "rejected" && one.reason.code)).toEqual([
    "MOR_STATE_FULL",
    "MOR_STATE_FULL",
    "MOR_STATE_IO",
  ]);
  expect(await count(store)).toBe(0);
  expect(woken).toBe(0);
  await store.write(insert(4));
  expect(await count(store)).toBe(1);
  expect(woken).toBe(1);
  await store.close();
});

test("commits wait for the simulated clock when the faults say so", async () => {
  const store = openInline({ clock, faults: { commitMs: () => 20 } });
  const created = watch(store.write(create));
  clock.move(19);
  await Promise.resolve();
  expect(created.state).toBe("waiting");
  clock.move(1);
  await Promise.resolve();
  expect(created.state).toBe("kept");
  await store.close();
});

test("too many waiting bytes refuse a write by name", async () => {
  const store = openInline({ clock, flush: "manual", groups: { waitingBytesMax: 100 } });
  const sql = "select ?";
  const first = store.write({ statements: [{ sql, params: ["x".repeat(200)] }] });
  const second = store.write({ statements: [{ sql, params: ["x"] }] });
  await expect(second).rejects.toMatchObject({ code: "MOR_STATE_BUSY" });
  store.flush();
  await first;
  const third = store.write({ statements: [{ sql, params: ["x"] }] });
  store.flush();
  await third;
  await store.close();
});

test("a snapshot begins the next seed in under a millisecond", async () => {
  const template = openInline({ clock });
  await template.write(create);
  for (let id = 0; id < 20; id++) {
    const sql = `create table t${id} (id integer primary key, a text, b text, unique (a, b))`;
    await template.write({ statements: [{ sql }] });
  }
  const content = template.snapshot();
  const rounds = 200;
  const started = performance.now();
  for (let round = 0; round < rounds; round++) {
    const store = openInline({ clock, content });
    await store.write(insert(round));
    expect(await count(store)).toBe(1);
    await store.close();
  }
  expect((performance.now() - started) / rounds).toBeLessThan(5);
  await template.close();
});
