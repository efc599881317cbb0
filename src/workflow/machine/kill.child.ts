/**
 * A process that runs state machines until it is killed, and prints what it did: each task, each
 * end. Arguments: path of a SQLite file, runs, seed.
 */
import { setTimeout as pause } from "node:timers/promises";
import { systemClock } from "../../core/clock.ts";
import { makeIds, seededRandom, systemRandom } from "../../core/ids.ts";
import { makeLog } from "../../core/log.ts";
import { openSqlite } from "../../engines/sqlite/store.ts";
import { print } from "../../testing/print.ts";
import { WorkflowEngine } from "../engine/engine.ts";
import { branch, historyOf, stateMachine } from "./index.ts";

const [path = "", runs = "10", seed = "1"] = process.argv.slice(2);
const random = seededRandom(Number(seed));

const machine = stateMachine("killed", {
  tasks: {
    double: async (_held, n: number, call) => {
      await pause(random.next() * 4);
      if (random.next() < 0.1) throw Object.assign(new Error("one of ten"), { name: "Flaky" });
      print(`did ${call.run} ${call.state} ${n}`);
      return n * 2;
    },
  },
}).states({
  Each: {
    type: "map",
    items: "{% [1..6] %}",
    each: branch({
      states: {
        Double: {
          type: "task",
          task: "double",
          retry: [{ on: ["Flaky"], retriesMax: 99, intervalSeconds: 1, delaySecondsMax: 1 }],
        },
      },
    }),
    concurrency: 3,
    next: "Rest",
  },
  Rest: { type: "wait", seconds: 1, next: "Both" },
  Both: {
    type: "parallel",
    branches: [
      branch({ states: { Sum: { type: "pass", output: "{% $sum($states.input) %}" } } }),
      branch({
        states: {
          Last: {
            type: "task",
            task: "double",
            arguments: "{% $states.input[5] %}",
            retry: [{ on: ["Flaky"], retriesMax: 99, intervalSeconds: 1, delaySecondsMax: 1 }],
          },
        },
      }),
    ],
  },
});

// Timers of the engine do not keep a process alive.
const alive = setInterval(() => {}, 1000);
const store = await openSqlite({ path, clock: systemClock });
const engine = await WorkflowEngine.open({
  store,
  clock: systemClock,
  ids: makeIds(systemClock, systemRandom),
  random: systemRandom,
  log: makeLog(() => {}),
  limits: { leaseMs: 600, lingerMs: 5 },
});
await engine.start([
  { name: "killed", version: "1", run: (context, input) => machine.run(context, input) },
]);
print("open");
await Promise.all(
  Array.from({ length: Number(runs) }, async (_, at) => {
    const id = await engine.run("killed", {}, { id: `run-${at}` });
    const result = JSON.stringify(await engine.result(id));
    const events = await historyOf((name) => engine.query(id, name));
    print(`end ${id} ${result} ${events.map(({ type }) => type).join(",")}`);
  }),
);
print("all");
await engine.close();
await store.close();
clearInterval(alive);
