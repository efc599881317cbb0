import jsonata from "jsonata";
import { describe, expect, it } from "vitest";
import { machine, ran, task } from "./testing.contract.ts";
import { simulateExecution } from "./simulated.ts";
import type { JsonObject } from "./values.ts";

const pass: JsonObject = { Type: "Pass", End: true };

describe("what would never end, ends", () => {
  it("fails a machine in a circle at its 25,000th event, as AWS does", async () => {
    const run = await ran(
      machine({ A: { Type: "Pass", Next: "B" }, B: { Type: "Pass", Next: "A" } }),
    );
    expect(run.events).toHaveLength(25_000);
    expect(run.types.at(-1)).toBe("ExecutionFailed");
    expect([run.error, run.cause]).toEqual([
      "States.Runtime",
      "The execution reached the maximum number of history events (25000).",
    ]);
  });

  it("fails a circle within a Map, which cannot catch it", async () => {
    const circle = machine({ A: { Type: "Pass", Next: "B" }, B: { Type: "Pass", Next: "A" } });
    const definition = machine({
      M: {
        Type: "Map",
        ItemProcessor: circle,
        Catch: [{ ErrorEquals: ["States.ALL"], Next: "C" }],
        End: true,
      },
      C: pass,
    });
    const run = await ran(definition, [1, 2, 3]);
    expect([run.error, run.events.length]).toEqual(["States.Runtime", 25_000]);
  });

  it("fails an endless expression by a named error, and lets it be caught", async () => {
    const endless = "{% ($f := function($n) { $f($n + 1) }; $f(0)) %}";
    const definition = machine({ A: { ...pass, Output: endless } }, { QueryLanguage: "JSONata" });
    const run = await ran(definition);
    expect(run.error).toBe("States.QueryEvaluationError");
    expect(run.cause).toContain("StepsExceeded");
  });

  it("lets the process breathe during a long expression, and stops time meanwhile", async () => {
    const long = "{% $count($map([1..30000], function($n) { $n + 1 })) %}";
    const definition = machine({ A: { ...pass, Output: long } }, { QueryLanguage: "JSONata" });
    let breaths = 0;
    const timer = setInterval(() => breaths++, 1);
    const run = await ran(definition);
    clearInterval(timer);
    expect([run.output, run.at("ExecutionSucceeded")]).toEqual([30_000, 0]);
    expect(breaths).toBeGreaterThan(0);
  });

  it("bounds what doubles at every step", async () => {
    const definition = machine({
      A: { Type: "Pass", Parameters: { "a.$": "$", "b.$": "$" }, Next: "A2" },
      A2: { Type: "Pass", Next: "A" },
    });
    const run = await ran(definition, { x: "seed" });
    expect(run.error).toBe("States.DataLimitExceeded");
  });

  it("bounds what nests deeper at every step", async () => {
    const definition = machine({
      A: { Type: "Pass", ResultPath: "$.a", Next: "B" },
      B: { Type: "Pass", Next: "A" },
    });
    const run = await ran(definition);
    expect(run.error).toBe("States.DataLimitExceeded");
  });

  it("keeps two thousand items in order, whose waits end in any order", async () => {
    const definition = machine({
      M: {
        Type: "Map",
        MaxConcurrency: 1000,
        ItemProcessor: machine({ W: { Type: "Wait", SecondsPath: "$", End: true } }),
        End: true,
      },
    });
    const items = Array.from({ length: 2_000 }, (_, index) => (index * 7919) % 1_000);
    const run = await ran(definition, items);
    expect(run.output).toEqual(items);
  });
});

describe("what would take minutes, or all memory", () => {
  const output = async (expression: string): Promise<Awaited<ReturnType<typeof ran>>> =>
    ran(machine({ A: { ...pass, Output: `{% ${expression} %}` } }, { QueryLanguage: "JSONata" }));

  // The library's own take the square of the list: 100,000 items are 10,000,000,000 steps.
  it.each([
    ["$count($distinct([1..200000]))", 200_000],
    ["$count($spread([1..50000].{'a': $}))", 50_000],
    ["$sort([1..200000])[0]", 1],
    ["$sort([1..5000], function($a, $b) { $a < $b })[0]", 5_000],
    ["[1..5000]^(>$)[0]", 5_000],
  ])("%s is quick", { timeout: 20_000 }, async (expression, expected) => {
    expect((await output(expression)).output).toBe(expected);
  });

  it("refuses to sort by terms what is too long for it", async () => {
    const { cause } = await output("[1..100000]^(>$)");
    expect(cause).toContain("SizeExceeded: The expression sorts too much");
  });

  it.each([
    ["$distinct([3, 1, 3, {'a': 1, 'b': 2}, {'b': 2, 'a': 1}, '3', [1], [1], null, null])"],
    ["$distinct(7)"],
    ["$spread([{'a': 1, 'b': 2}, {'c': 3}])"],
    ["$spread({'a': 1})"],
    ["$spread('x')"],
    ["$sort([3, 1, 2])"],
    ["$sort(['b', 'B', 'a'])"],
    ["$sort([1])"],
    ["$sort([{'n': 2, 'k': 1}, {'n': 1}, {'n': 2, 'k': 2}], function($l, $r) { $l.n > $r.n })"],
    ["$sort([1, 'a'])"],
    ["$sort([{'n': 1}, {'n': 2}])"],
  ])("%s gives what the library gives", async (expression) => {
    const { output: ours, cause } = await output(expression);
    let theirs: unknown;
    try {
      theirs = JSON.parse(JSON.stringify(await jsonata(expression).evaluate(undefined)));
    } catch (error) {
      expect(cause).toContain((error as { code: string }).code);
      return;
    }
    expect(ours).toEqual(theirs);
  });

  it("takes a definition of a megabyte, and no larger one", async () => {
    const states = (bytes: number): string =>
      JSON.stringify(machine({ A: { ...pass, Result: "x".repeat(bytes) } }));
    const most = 1_048_576 - states(0).length;
    await expect(simulateExecution({ definition: states(most + 1) })).rejects.toMatchObject({
      code: "MOR_ASL_DEFINITION_TOO_LARGE",
    });
    const { status, error } = await simulateExecution({ definition: states(most) });
    expect([status, error]).toEqual(["FAILED", "States.DataLimitExceeded"]);
  });

  it("takes ten thousand states in a row", async () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `S${index}`);
    const states = Object.fromEntries(
      names.map((name, index) => [
        name,
        { Type: "Pass", ...(index < 9_999 ? { Next: `S${index + 1}` } : { End: true }) },
      ]),
    );
    expect((await ran(machine(states), 1)).output).toBe(1);
  });
});

describe("inputs that are not meant well", () => {
  const echo = machine({
    A: {
      ...pass,
      Parameters: {
        "all.$": "$",
        "proto.$": "$.__proto__",
        "kept.$": "States.JsonMerge($, $.__proto__, false)",
      },
    },
  });

  it("keeps keys that are names of prototypes as data", async () => {
    const input = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":2}}}';
    const { output } = await simulateExecution({ definition: echo, input });
    expect(JSON.parse(output ?? "")).toMatchObject({
      proto: { polluted: 1 },
      kept: { polluted: 1 },
    });
    expect(output).toContain('"all":{"__proto__":{"polluted":1},"constructor"');
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("reads no inherited property by any path", async () => {
    for (const path of ["$.constructor", "$.toString", "$.a.length", "$['__proto__']"]) {
      const definition = machine({ A: { ...pass, InputPath: path } });
      expect((await ran(definition, { a: [1] })).error).toBe("States.Runtime");
    }
  });

  it("writes no prototype by ResultPath", async () => {
    const definition = machine({
      A: { Type: "Pass", Result: 1, ResultPath: "$.__proto__.polluted", End: true },
    });
    const { output } = await simulateExecution({ definition, input: "{}" });
    expect(output).toBe('{"__proto__":{"polluted":1}}');
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it.each([
    ["what is no JSON", "{"],
    ["what is too large", JSON.stringify("x".repeat(262_143))],
    ["what nests too deep", "[".repeat(1_000) + "]".repeat(1_000)],
    ["what nests endlessly", "[".repeat(200_000)],
  ])("refuses %s", async (_, input) => {
    const definition = machine({ A: pass });
    await expect(simulateExecution({ definition, input })).rejects.toMatchObject({
      code: "MOR_ASL_INPUT_INVALID",
    });
  });
});

describe("handlers that are not meant well", () => {
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  let deep: unknown = 1;
  for (let depth = 0; depth < 2_000; depth++) deep = [deep];

  it.each<[string, unknown]>([
    ["a circle", circle],
    ["a bigint", 1n],
    ["what nests too deep", deep],
    [
      "a trap",
      {
        toJSON() {
          throw new Error("trap");
        },
      },
    ],
  ])("fails the task that returns %s", async (_, value) => {
    const run = await ran(machine({ A: task("f") }), {}, { f: () => value });
    expect(run.error).toBe("Runtime.MarshalError");
  });

  it("takes nothing and functions for null, and dates for text", async () => {
    const definition = machine({ A: task("f") });
    expect((await ran(definition, {}, { f: () => undefined })).output).toBeNull();
    expect((await ran(definition, {}, { f: () => () => 1 })).output).toBeNull();
    expect(
      (await ran(definition, {}, { f: () => ({ at: new Date(0), no: undefined }) })).output,
    ).toEqual({
      at: "1970-01-01T00:00:00.000Z",
    });
  });

  it("fails the task whose result is over the limit, or that throws what is no error", async () => {
    const definition = machine({ A: task("f") });
    const large = await ran(definition, {}, { f: () => "x".repeat(262_144) });
    expect(large.error).toBe("States.DataLimitExceeded");
    const odd = await ran(
      definition,
      {},
      {
        f: () => {
          throw "a text";
        },
      },
    );
    expect([odd.error, odd.cause?.includes("a text")]).toEqual(["Error", true]);
  });
});
