import { expect, expectTypeOf, test } from "vitest";
import { graphOf } from "./graph.ts";
import { get } from "./http.ts";
import { capability } from "./resource.ts";
import type { Capability, Held, Resource } from "./resource.ts";
import { app, service } from "./service.ts";

interface Sender {
  send(text: string): Promise<void>;
}
const dead: Resource<"queue"> = { kind: "queue", name: "jobs.dead" };
const jobs: Resource<"queue"> = { kind: "queue", name: "jobs", needs: [dead] };
const sender = (of: Resource): Capability<Sender> =>
  capability<Sender, Resource>(of, "send", "out");

test("what is held has the type of its capability; what is not held does not compile", () => {
  expectTypeOf<Held<{ jobs: Capability<Sender> }>["jobs"]>().toEqualTypeOf<Sender>();
  service("one", {
    uses: { jobs: sender(jobs) },
    routes: (held) => [
      get("/x", async () => {
        await held.jobs.send("x");
        // @ts-expect-error a sender does not purge
        await held.jobs.purge();
        // @ts-expect-error not held at all
        await held.mails.send("x");
        return 1;
      }),
    ],
  });
  const none = service("two", {
    // @ts-expect-error nothing is held
    routes: (held) => [get("/x", () => held.jobs as unknown)],
  });
  expect(none.uses).toEqual({});
});

test("an app finds what its resources need, and the graph shows the direction of work", () => {
  const holder = service("one", {
    uses: { out: sender(jobs), in: capability(jobs, "consume", "in") },
  });
  const shop = app("shop", { services: [holder] });
  expect(shop.resources.map(({ name }) => name)).toEqual(["one", "jobs", "jobs.dead"]);
  expect(graphOf(shop).edges).toEqual([
    { from: "service/one", to: "queue/jobs", verb: "send" },
    { from: "queue/jobs", to: "service/one", verb: "consume" },
    { from: "queue/jobs", to: "queue/jobs.dead", verb: "needs" },
  ]);
});

test("resources that need each other are walked once", () => {
  const a: { kind: "queue"; name: string; needs: Resource[] } = {
    kind: "queue",
    name: "a",
    needs: [],
  };
  const b: Resource<"queue"> = { kind: "queue", name: "b", needs: [a] };
  a.needs.push(b);
  const found = app("shop", { services: [service("one", { uses: { a: sender(a) } })] });
  expect(found.resources).toHaveLength(3);
});

test("wrong declarations are refused by name", () => {
  const twin: Resource<"queue"> = { kind: "queue", name: "jobs" };
  const one = service("one", { uses: { a: sender(jobs) } });
  const two = service("two", { uses: { b: sender(twin) } });
  const declare = (services: Parameters<typeof app>[1]["services"]) => () =>
    app("shop", { services });
  expect(declare([one, two])).toThrow("app shop: two declarations of queue jobs (see service two)");
  expect(declare([one, service("one", {})])).toThrow("two declarations of service one");
  expect(declare([one, one])).toThrow("listed twice");
  expect(() => service("No Good", {})).toThrow(expect.objectContaining({ code: "MOR_NAME" }));
  expect(() => app("No Good", { services: [] })).toThrow(
    expect.objectContaining({ code: "MOR_NAME" }),
  );
});

test("declarations are frozen", () => {
  const one = service("one", { uses: { a: sender(jobs) } });
  expect(Object.isFrozen(one)).toBe(true);
  expect(Object.isFrozen(one.uses["a"])).toBe(true);
  expect(Object.isFrozen(app("shop", { services: [one] }))).toBe(true);
});
