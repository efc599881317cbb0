import { expect, it } from "vitest";
import { openInline } from "../../../engines/sqlite/inline.ts";
import { simulatedClock } from "../../../testing/clock.ts";
import { testHost } from "../../../testing/host.ts";
import { queueSpec } from "../limits.ts";
import { driver } from "./sqlite.ts";

it("receives what was sent and deletes it", async () => {
  const clock = simulatedClock();
  const queues = await driver.open(testHost({ clock, store: openInline({ clock }) }), {});
  await queues.declare([queueSpec("jobs", {}), queueSpec("orders", { fifo: true })]);
  const [sent] = await queues.send("jobs", [{ body: "one" }]);
  const [message] = await queues.receive("jobs", { max: 10, waitMs: 0 });
  expect(message).toMatchObject({ body: "one", receiveCount: 1, id: (sent as { id: string }).id });
  expect(await queues.stats("jobs")).toMatchObject({ visible: 0, inFlight: 1 });
  expect(await queues.delete("jobs", [message?.receipt ?? ""])).toEqual(["ok"]);
  expect(await queues.stats("jobs")).toEqual({ visible: 0, inFlight: 0, delayed: 0, oldestMs: 0 });
  await queues.send("orders", [
    { body: "a", group: "x" },
    { body: "b", group: "x" },
    { body: "a", group: "x" },
    { body: "c", group: "y" },
  ]);
  const got = await queues.receive("orders", { max: 10, waitMs: 0 });
  expect(got.map((one) => one.body)).toEqual(["a", "b", "c"]);
  expect(
    await queues.delete(
      "orders",
      got.map((one) => one.receipt),
    ),
  ).toEqual(["ok", "ok", "ok"]);
  await queues.close();
});
