import { expect, test } from "vitest";
import { simulatedClock } from "../testing/clock.ts";
import type { Overview } from "./overview.ts";
import { startRig } from "./rig.contract.ts";
import { eventStreams } from "./stream.ts";
import type { EventStream } from "./stream.ts";

const decoder = new TextDecoder();

async function* eventsOf(response: Response): AsyncGenerator<string> {
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    const parts = text.split("\n\n");
    text = parts.pop() ?? "";
    yield* parts;
  }
}

test("events come in order, and the stream ends for everybody when the server stops", async () => {
  const clock = simulatedClock();
  const streams = eventStreams(clock);
  let stream: EventStream | undefined;
  let closed = 0;
  const response = streams.serve(new AbortController().signal, (opened) => {
    stream = opened;
    return () => void closed++;
  });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  for (let n = 0; n < 1_000; n++) stream?.send("tick", String(n));
  clock.advance(15_000);
  streams.endAll();
  stream?.send("tick", "after the end");
  const seen: string[] = [];
  for await (const event of eventsOf(response)) seen.push(event);
  expect(seen[0]).toBe("retry: 1000");
  const ticks = seen.slice(1, 1_001);
  expect(ticks).toEqual(Array.from({ length: 1_000 }, (_, n) => `event: tick\ndata: ${n}`));
  expect(seen.slice(1_001)).toEqual([": alive"]);
  expect(closed).toBe(1);
  expect(clock.nextInMs()).toBeUndefined();
});

test("a reader that falls behind is cut off and what waited for it is dropped", async () => {
  const clock = simulatedClock();
  const streams = eventStreams(clock);
  let closed = 0;
  let stream: EventStream | undefined;
  const response = streams.serve(new AbortController().signal, (opened) => {
    stream = opened;
    return () => void closed++;
  });
  const chunk = "x".repeat(64 * 1024);
  for (let n = 0; n < 20; n++) stream?.send("big", chunk);
  expect(closed).toBe(1);
  expect(clock.nextInMs()).toBeUndefined();
  // Heartbeats of a stream that is gone must not write to it.
  clock.advance(60_000);
  await expect(response.text()).rejects.toThrow("the reader is too slow");
});

test.each(["cancel", "abort"])("a reader that leaves (%s) leaves nothing behind", async (how) => {
  const clock = simulatedClock();
  const streams = eventStreams(clock);
  const abort = new AbortController();
  let closed = 0;
  const response = streams.serve(abort.signal, () => () => void closed++);
  if (how === "cancel") await response.body?.cancel();
  else abort.abort();
  expect(closed).toBe(1);
  expect(clock.nextInMs()).toBeUndefined();
  streams.endAll();
  expect(closed).toBe(1);
});

test("one stream too many is refused with when to come back", () => {
  const streams = eventStreams(simulatedClock());
  const open = (): Response => streams.serve(new AbortController().signal, () => () => {});
  for (let n = 0; n < 100; n++) open();
  expect(open).toThrow(expect.objectContaining({ code: "MOR_OVERLOADED" }));
  streams.endAll();
  expect(open().status).toBe(200);
});

test("a signal that has aborted already opens nothing that stays", () => {
  const clock = simulatedClock();
  let closed = 0;
  eventStreams(clock).serve(AbortSignal.abort(), () => () => void closed++);
  expect(closed).toBe(1);
  expect(clock.nextInMs()).toBeUndefined();
});

test("the overview streams over HTTP once a second and ends with the platform", async () => {
  const rig = await startRig();
  const response = await fetch(`${rig.url}/api/v1/overview/stream`);
  const events = eventsOf(response);
  expect((await events.next()).value).toBe("retry: 1000");
  const overviews: Overview[] = [];
  await rig.call("GET", "/svc/orders/orders");
  while (overviews.length < 3) {
    const { value } = await events.next();
    expect(value).toMatch(/^event: overview\ndata: \{/);
    overviews.push(JSON.parse(String(value).split("data: ")[1] ?? "") as Overview);
  }
  const [first, , last] = overviews;
  expect(first?.app).toBe("rig");
  expect(first?.nodes.map(({ id }) => id)).toContain("queue/jobs");
  expect(first?.edges).toContainEqual(
    expect.objectContaining({ from: "service/orders", to: "service/stock", verb: "call" }),
  );
  expect((last?.nowMs ?? 0) - (first?.nowMs ?? 0)).toBeGreaterThanOrEqual(900);
  expect(last?.counters.find(({ key }) => key === "requests")?.total).toBeGreaterThanOrEqual(1);
  const ended = (async () => {
    for await (const _ of events);
  })();
  await rig.stop();
  await ended;
});
