import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { eventTasks } from "../../core/capabilities/tasks.ts";
import { service } from "../../core/service.ts";
import { eventCapability } from "./capability.ts";
import type { EventEntry, LogOptions } from "./driver.ts";
import { event } from "./event.ts";
import { openEventRig } from "./rig.contract.ts";
import type { EventRig } from "./rig.contract.ts";

const noted = event("note.written", { data: z.object({ text: z.string() }) });

let rig: EventRig;
beforeEach(async () => {
  rig = await openEventRig([service("notes", { uses: { noted: noted.publisher() } })]);
});
afterEach(() => rig.close());

const traceId = (n: number): string => n.toString(16).padStart(32, "a");

interface Note {
  readonly text: string;
  readonly source: string;
  readonly trace: number;
}

function entryOf({ text, source, trace }: Note): EventEntry {
  const reserved = { traceparent: `00-${traceId(trace)}-${"b".repeat(16)}-01` };
  const detail = JSON.stringify({ _morning: reserved, text });
  return { type: "note.written", source: `shop.${source}`, detail };
}

/** Everything that a search finds, page by page; each page has a text of its own. */
async function found(options: Omit<LogOptions, "limit">, limit = 3): Promise<unknown[]> {
  const texts: unknown[] = [];
  let cursor: string | undefined;
  do {
    const more = cursor === undefined ? {} : { cursor };
    const page = await rig.driver.log({ limit, ...options, ...more });
    expect(page.events.length).toBeLessThanOrEqual(limit);
    texts.push(...page.events.map(({ envelope }) => envelope.detail["text"]));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return texts;
}

const note = fc.record({
  text: fc.constantFrom("plain", 'a "quoted" word', "Größe 9", "back\\slash", "tab\there", "b"),
  source: fc.constantFrom("notes", "other"),
  trace: fc.integer({ min: 1, max: 3 }),
});

test("a search finds what a plain filter over the log finds, in both orders", async () => {
  const sought = fc.record(
    {
      contains: fc.constantFrom(
        '"quoted"',
        "Größe",
        "k\\s",
        "b\there",
        "shop.oth",
        "note.w",
        "aaa",
      ),
      source: fc.constantFrom("shop.notes", "shop.none"),
      traceId: fc.integer({ min: 1, max: 4 }).map(traceId),
    },
    { requiredKeys: [] },
  );
  const notes = fc.sample(note, { numRuns: 60, seed: 7 });
  await rig.driver.publish(notes.map(entryOf));
  const order = fc.constantFrom("oldest" as const, "newest" as const);
  await fc.assert(
    fc.asyncProperty(sought, order, fc.integer({ min: 1, max: 9 }), async (asked, way, limit) => {
      const fits = ({ text, source, trace }: Note): boolean =>
        (asked.source === undefined || asked.source === `shop.${source}`) &&
        (asked.traceId === undefined || asked.traceId === traceId(trace)) &&
        (asked.contains === undefined ||
          [text, `shop.${source}`, "note.written"].some((one) =>
            one.includes(asked.contains ?? ""),
          ));
      const expected = notes.filter(fits).map(({ text }) => text);
      const given = asked as Omit<LogOptions, "limit">;
      expect(await found({ ...given, order: way }, limit)).toEqual(
        way === "oldest" ? expected : expected.toReversed(),
      );
    }),
    { numRuns: 60 },
  );
});

test("what is the platform's own is not data; filters join those of type and time", async () => {
  await rig.driver.publish([entryOf({ text: "one", source: "notes", trace: 1 })]);
  expect(await found({ contains: traceId(1) })).toEqual([]);
  expect(await found({ contains: "one", type: "note.written" })).toEqual(["one"]);
  expect(await found({ contains: "one", type: "note.torn" })).toEqual([]);
  expect(await found({ contains: "one", fromMs: rig.clock.now() + 1 })).toEqual([]);
});

test("a page looks at a bounded part of the log, and its cursor goes on from there", async () => {
  await rig.driver.publish([entryOf({ text: "needle", source: "notes", trace: 1 })]);
  const hay = entryOf({ text: "hay", source: "notes", trace: 1 });
  for (let batch = 0; batch < 11; batch++) await rig.driver.publish(Array(1000).fill(hay));
  const first = await rig.driver.log({ limit: 10, contains: "needle" });
  expect(first.events).toEqual([]);
  expect(first.cursor).toBeDefined();
  const next = await rig.driver.log({ limit: 10, contains: "needle", cursor: first.cursor ?? "" });
  expect(next.events.map(({ envelope }) => envelope.detail["text"])).toEqual(["needle"]);
  expect(next.cursor).toBeUndefined();
});

test("an event is found by its id and by its trace", async () => {
  const notes = [1, 2, 2].map((trace, at) => ({ text: `n${at}`, source: "notes", trace }));
  const [first] = await rig.driver.publish(notes.map(entryOf));
  const find = async (id: string): Promise<unknown> =>
    (await eventCapability.find?.(rig.runtime, id))?.map(({ title }) => title);
  const id = first !== undefined && "id" in first ? first.id : "";
  expect(await find(id)).toEqual(['note.written from shop.notes: {"text":"n0"}']);
  expect(await find(traceId(2))).toHaveLength(2);
  expect(await find(traceId(9))).toEqual([]);
  expect(await find("none")).toEqual([]);
});

test("a replay is among the tasks, a dry run is not", async () => {
  await rig.driver.publish(
    Array.from({ length: 3 }, (_, at) => entryOf({ text: `n${at}`, source: "notes", trace: 1 })),
  );
  const tasks = rig.host.need(eventTasks);
  expect(await tasks.running()).toEqual([]);
  const window = { fromMs: 0, toMs: rig.clock.now() + 1 };
  await rig.runtime.replay({ name: "dry", ...window, dryRun: true });
  expect(await tasks.running()).toEqual([]);
  await rig.runtime.replay({ name: "again", ...window, ratePerSecond: 1 });
  await rig.advance(1500);
  const replay = { id: "again", kind: "replay", resource: "event/*", total: 3 };
  expect(await tasks.running()).toMatchObject([{ ...replay, state: "running" }]);
  await rig.advance(10_000);
  expect(await tasks.running()).toMatchObject([{ ...replay, state: "completed", done: 3 }]);
});
