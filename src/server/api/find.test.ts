import { expect, test } from "vitest";
import type { CapabilityModule, FindHit } from "../../core/host.ts";
import type { RouteCall } from "../../core/http.ts";
import { simulatedClock } from "../../testing/clock.ts";
import type { SimulatedClock } from "../../testing/clock.ts";
import { testHost } from "../../testing/host.ts";
import { settle } from "../../testing/settle.ts";
import type { ServerParts } from "../parts.ts";
import { findRoutes } from "./find.ts";

const hit = (id: string): FindHit => ({ kind: "row", id, title: id, resource: "table/t" });

/** Asks for an identifier where each capability answers as given. */
function find(clock: SimulatedClock, finds: readonly CapabilityModule["find"][]): Promise<unknown> {
  const capabilities = new Map(
    finds.map((one, index) => [
      `kind-${index}`,
      { module: one === undefined ? {} : { find: one }, runtime: {} },
    ]),
  );
  const door = { callerOf: () => undefined, audit: {}, keys: {} };
  const parts = { platform: { host: testHost({ clock }), capabilities }, door };
  const [route] = findRoutes(parts as unknown as ServerParts);
  const call = { query: { id: "x" }, headers: new Headers() };
  return Promise.resolve(route?.run(call as unknown as RouteCall<unknown, unknown, unknown>));
}

test("who does not answer within two seconds is left out, and that is said", async () => {
  const clock = simulatedClock();
  const never = new Promise<never>(() => {});
  const found = find(clock, [async () => [hit("a")], () => never, undefined, async () => []]);
  await settle();
  clock.advance(1_999);
  let isDone = false;
  void found.then(() => (isDone = true));
  await settle();
  expect(isDone).toBe(false);
  clock.advance(1);
  expect(await found).toEqual({ hits: [hit("a")], partial: true });
  expect(clock.nextInMs()).toBeUndefined();
});

test("who fails is left out as well; who throws at once too", async () => {
  const found = await find(simulatedClock(), [
    async () => {
      throw new Error("the engine is gone");
    },
    () => {
      throw new Error("at once");
    },
    async () => [hit("b")],
  ]);
  expect(found).toEqual({ hits: [hit("b")], partial: true });
});

test("at most twenty are told", async () => {
  const many = Array.from({ length: 15 }, (_, n) => hit(String(n)));
  const clock = simulatedClock();
  const found = (await find(clock, [async () => many, async () => many])) as { hits: FindHit[] };
  expect(found.hits).toHaveLength(20);
  expect(clock.nextInMs()).toBeUndefined();
});
