import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { service } from "../../core/service.ts";
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

test("what is the platform's own is not data, and filters join those of type and time", async () => {
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
