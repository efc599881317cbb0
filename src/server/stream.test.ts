import { expect, test } from "vitest";
import { simulatedClock } from "../testing/clock.ts";
import type { Overview, OverviewTick } from "./overview/overview.ts";
import { startRig } from "./rig.contract.ts";
import { eventStreams, frameOf } from "./stream.ts";
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
  for (let n = 0; n < 1_000; n++) stream?.send(frameOf("tick", String(n)));
  clock.advance(15_000);
  streams.endAll();
  stream?.send(frameOf("tick", "after the end"));
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
  for (let n = 0; n < 20; n++) stream?.send(frameOf("big", chunk));
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

test("after an hour a stream ends, so that its reader shows again that it may read", async () => {
  const clock = simulatedClock();
  let closed = 0;
  const signal = new AbortController().signal;
  const response = eventStreams(clock).serve(signal, () => () => void closed++);
  clock.advance(3_600_000 - 1);
  expect(closed).toBe(0);
  clock.advance(1);
  expect(closed).toBe(1);
  expect(clock.nextInMs()).toBeUndefined();
  expect(await response.text()).toMatch(/^retry: 1000\n\n(: alive\n\n)+$/);
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

/** An event of a stream, parsed. */
function partsOf(text: unknown): { readonly event: string; readonly data: unknown } {
  const [, event = "", data = "null"] = /^event: (\w+)\ndata: (.*)$/.exec(String(text)) ?? [];
  return { event, data: JSON.parse(data) };
}

async function nextOf<T>(events: AsyncGenerator<string>, wanted: string): Promise<T> {
  for (;;) {
    const { value, done } = await events.next();
    if (done === true) throw new Error(`the stream ended before ${wanted}`);
    const { event, data } = partsOf(value);
    if (event === wanted) return data as T;
  }
}

test("a stream opens with the whole overview, ticks once a second and ends with it", async () => {
  const rig = await startRig();
  const response = await fetch(`${rig.url}/api/v1/stream`);
  const events = eventsOf(response);
  expect((await events.next()).value).toBe("retry: 1000");
  const opening = partsOf((await events.next()).value);
  expect(opening.event).toBe("overview");
  const first = opening.data as Overview;
  expect(first.app).toBe("rig");
  expect(first.history.length).toBeGreaterThan(0);
  expect(first.nodes.map(({ id }) => id)).toContain("queue/jobs");
  expect(first.edges).toContainEqual(
    expect.objectContaining({ from: "service/orders", to: "service/stock", verb: "call" }),
  );
  await rig.call("GET", "/svc/orders/orders");
  const ticks = [
    await nextOf<OverviewTick>(events, "tick"),
    await nextOf<OverviewTick>(events, "tick"),
  ];
  const [one, two] = ticks.map(({ point }) => point.atMs);
  expect((two ?? 0) - (one ?? 0)).toBeGreaterThan(500);
  expect(ticks[0]).not.toHaveProperty("history");
  expect(ticks[0]).toMatchObject({ recent: [], skipped: 0, tasks: [] });
  const requests = ticks
    .flatMap(({ counters }) => counters)
    .filter(({ key }) => key === "requests");
  expect(requests.at(-1)?.total).toBeGreaterThanOrEqual(1);
  const ended = (async () => {
    for await (const _ of events);
  })();
  await rig.stop();
  await ended;
});

test("whoever reads hears of an action as soon as it is recorded", async () => {
  const rig = await startRig();
  const events = eventsOf(await fetch(`${rig.url}/api/v1/stream`));
  await nextOf(events, "overview");
  await rig.call("POST", "/api/v1/keys", { body: { name: "ci", role: "viewer" } });
  // From now on the stream would need a key; it was opened without one and stays.
  const action = await nextOf(events, "action");
  expect(action).toEqual({
    seq: 1,
    atMs: expect.any(Number) as number,
    actor: "local",
    role: "admin",
    method: "POST",
    path: "/api/v1/keys",
    status: 201,
    traceId: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
  });
});

test("streams end when a key is revoked: who may still read opens another", async () => {
  const rig = await startRig();
  const made = await rig.call("POST", "/api/v1/keys", { body: { name: "a", role: "admin" } });
  const { id, key } = made.json as { id: string; key: string };
  const headers = { authorization: `Bearer ${key}` };
  const events = eventsOf(await fetch(`${rig.url}/api/v1/stream`, { headers }));
  await nextOf(events, "overview");
  await rig.call("DELETE", `/api/v1/keys/${id}`, { headers });
  expect(await nextOf(events, "action")).toMatchObject({ method: "DELETE", status: 204 });
  await expect(nextOf(events, "never")).rejects.toThrow("the stream ended");
  expect((await fetch(`${rig.url}/api/v1/stream`, { headers })).status).toBe(401);
});
