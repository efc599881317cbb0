import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import type { OptionValue } from "../../core/command.ts";
import type { Json } from "../../core/json.ts";
import { commands } from "../asl/commands.ts";
import { simulateExecution } from "../asl/index.ts";
import type { JsonObject } from "../asl/index.ts";
import { branch, definitionOf, simulateMachine, stateMachine } from "../machine/index.ts";
import type { AnyStateMachine } from "../machine/index.ts";
import { toAirflow, toKubeflow } from "./index.ts";
import { pythonValue } from "./python-expression.ts";
import { pythonRuntime } from "./python-runtime.ts";

const pipelines = process.env["MORNING_TEST_PIPELINES_PYTHON"];
// The runtime of exported files needs nothing but the language.
const python = process.env["MORNING_TEST_PYTHON"];
const folder = mkdtempSync(join(tmpdir(), "morning-export-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const beside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const run = (program: string, args: readonly string[], input?: string): Json => {
  const printed = execFileSync(program, args, {
    encoding: "utf8",
    stdio: ["pipe", "pipe", "ignore"],
    ...(input === undefined ? {} : { input }),
  });
  return JSON.parse(printed.trimEnd().split("\n").at(-1) ?? "") as Json;
};

interface Line {
  readonly price: number;
  readonly n: number;
}

const shop = stateMachine("shop", {
  tasks: {
    price: (_held, { price, n }: Line) => price * n,
    charge: (_held, { total }: { total: number }) => {
      if (total >= 1000) throw new Error("too much");
      return { receipt: `r-${total}` };
    },
  },
}).states({
  Prices: {
    type: "map",
    items: "{% $states.input.lines %}",
    each: branch({
      states: {
        Price: { type: "task", task: "price", next: "Keep" },
        Keep: {
          type: "choice",
          choices: [{ when: "{% $states.input < 0 %}", next: "Wrong" }],
          otherwise: "Kept",
        },
        Wrong: { type: "fail", error: "Negative" },
        Kept: { type: "pass" },
      },
    }),
    concurrency: 2,
    assign: { total: "{% $sum($states.result) %}" },
    output: { count: "{% $count($states.result) %}" },
    next: "How much?",
  },
  "How much?": {
    type: "choice",
    choices: [{ when: "{% $total > 100 and $states.input.count < 5 %}", next: "Big" }],
    otherwise: "Both",
  },
  Big: { type: "pass", assign: { size: "big" }, next: "Both" },
  Both: {
    type: "parallel",
    branches: [
      branch({
        states: {
          Charge: {
            type: "task",
            task: "charge",
            arguments: { total: "{% $total %}" },
            retry: [{ on: ["States.Timeout"], retriesMax: 1 }],
            catch: [{ on: ["States.ALL"], next: "No", output: "refused" }],
            output: "{% $states.result.receipt %}",
          },
          No: { type: "pass", output: "{% $states.input & '!' %}" },
        },
      }),
      branch({ states: { Stock: { type: "pass", output: { total: "{% $total %}" } } } }),
    ],
    output: { receipt: "{% $states.result[0] %}", stock: "{% $states.result[1].total %}" },
    next: "Done",
  },
  Done: { type: "succeed" },
});
const taskCommand = ["python3", beside("tasks_run.py")];
const definition = definitionOf(shop);
const inputs: readonly Json[] = [
  {
    lines: [
      { price: 20, n: 3 },
      { price: 50, n: 1 },
    ],
  },
  { lines: [{ price: 1000, n: 3 }] },
  { lines: [] },
];

async function expected(machine: AnyStateMachine, input: Json): Promise<Json> {
  const { status, output = "null" } = await simulateMachine(machine, input);
  expect(status).toBe("SUCCEEDED");
  return JSON.parse(output) as Json;
}

describe.skipIf(pipelines === undefined)(
  "exports in their own orchestrators [needs MORNING_TEST_PIPELINES_PYTHON]",
  { timeout: 180_000 },
  () => {
    it("Airflow reads the same graph, and runs it to the same ends", async () => {
      const home = mkdtempSync(join(folder, "airflow-"));
      const { file, graph } = toAirflow(definition, { name: "shop", taskCommand });
      mkdirSync(join(home, "dags"));
      writeFileSync(join(home, "dags", "shop.py"), file);
      const args = [beside("airflow_run.py"), home, "Done", JSON.stringify(inputs)];
      const outputs = await Promise.all(inputs.map((input) => expected(shop, input)));
      const runs = outputs.map((output) => ({ state: "success", output }));
      expect(run(pipelines ?? "", args)).toEqual({ errors: {}, graph, runs });
    });

    // A loop over nothing has no output in Kubeflow's local runner.
    it.each(inputs.slice(0, 2))(
      "Kubeflow reads the same graph, and runs %j to the same end",
      async (input) => {
        const path = join(mkdtempSync(join(folder, "kubeflow-")), "shop.yaml");
        const { file, graph } = toKubeflow(definition, {
          name: "shop",
          image: "python",
          taskCommand,
        });
        writeFileSync(path, file);
        const args = [beside("kubeflow_run.py"), path, folder, JSON.stringify(input)];
        const output = await expected(shop, input);
        expect(run(pipelines ?? "", args)).toEqual({ name: "shop", graph, output });
      },
    );
  },
);

describe.skipIf(python === undefined)("expressions in Python [needs MORNING_TEST_PYTHON]", () => {
  const input = {
    a: { b: [1, 2, { c: 3 }], d: "text", e: null },
    lines: [{ n: 1, tags: ["x"] }, { n: 2.5, tags: ["y", "z"] }, { other: true }],
    one: [{ n: 7 }],
    empty: [],
    flag: false,
  };
  const cases = [
    "$states.input.a.b[0] + 1",
    "$states.input.a.b[-1].c",
    "$states.input.lines.n",
    "$states.input.lines.tags",
    "$states.input.one.n",
    "$states.input.a.d & '-' & 3",
    "$states.input.missing & 'x'",
    "$states.input.missing = 1",
    "$states.input.missing != 1",
    "$states.input.a.e = null",
    "1 = true",
    "1 = 1.0",
    "[1, [2, 3]]",
    "[$states.input.a.b]",
    "{'x': $states.input.a.d, 'y': $states.input.missing}",
    "7 % 3",
    "-7 % 3",
    "7 / 2",
    "6 / 2",
    "'a' < 'b'",
    "2 in [1, 2]",
    "$states.input.flag or 1",
    "$states.input.empty and 1",
    "$not($states.input.missing)",
    "$count($states.input.lines)",
    "$count($states.input.missing)",
    "$sum($states.input.lines.n)",
    "$max([3, 1])",
    "$average([1, 2])",
    "$uppercase('Straße')",
    "$length('abc')",
    "$abs(-2.5)",
    "$floor(-2.5)",
    "$ceil(2.1)",
    "$boolean([0])",
    "$string(1.0)",
    "$states.input.flag ? 1 : 2",
    "-$states.input.lines[1].n",
    "$v.x * 2",
    "(1 + 2) * 3",
    "$states.input.a = {'b': 1}",
    "$states.input.a.b = [1, 2, {'c': 3}]",
    "$lowercase('ÀB')",
  ];

  const ours = async (expression: string): Promise<Json> => {
    const { status, output } = await simulateExecution({
      definition: {
        QueryLanguage: "JSONata",
        StartAt: "A",
        States: {
          A: { Type: "Pass", Assign: { v: { x: 21 } }, Output: "{% $states.input %}", Next: "B" },
          B: { Type: "Pass", Output: `{% ${expression} %}`, End: true },
        },
      } as JsonObject,
      input: JSON.stringify(input),
    });
    return status === "SUCCEEDED" ? { value: JSON.parse(output ?? "") as Json } : { failed: true };
  };

  it("give what they give in the interpreter", async () => {
    const codes = cases.map((one) => pythonValue(`{% ${one} %}`, "A", "Output"));
    const program = [
      pythonRuntime,
      "import sys",
      "s = Scope(json.load(sys.stdin), {'v': {'x': 21}})",
      "def tried(work):",
      "    try:",
      "        return {'value': work()}",
      "    except StateError:",
      "        return {'failed': True}",
      `works = [${codes.map((one) => `lambda: ${one}`).join(", ")}]`,
      "print(json.dumps([tried(work) for work in works]))",
    ].join("\n");
    const theirs = run(python ?? "", ["-c", program], JSON.stringify(input)) as Json[];
    const wanted = await Promise.all(cases.map(ours));
    expect(theirs.map((one, index) => [cases[index], one])).toEqual(
      wanted.map((one, index) => [cases[index], one]),
    );
  });
});

describe("morning workflow export", () => {
  const command = commands.find(({ name }) => name === "workflow export");
  const call = async (options: Record<string, OptionValue>): Promise<string> => {
    const lines: string[] = [];
    await command?.run({
      args: {},
      options,
      api: { request: () => Promise.reject(new Error("it needs no platform")) },
      out: (line) => void lines.push(line),
      wait: () => Promise.resolve(),
    });
    return lines.join("\n");
  };
  const path = join(folder, "shop.asl.json");
  writeFileSync(path, JSON.stringify(definition));
  const tasks = { "task-command": "python3 tasks.py" };

  it("writes a file, or prints it", async () => {
    const out = join(folder, "printed.py");
    const printed = await call({ definition: path, to: "airflow", ...tasks });
    expect(printed).toContain('with DAG(dag_id="shop"');
    await call({ definition: path, to: "airflow", out, ...tasks });
    expect(readFileSync(out, "utf8").trimEnd()).toBe(printed);
    const pipeline = await call({ definition: path, to: "kubeflow", image: "python", ...tasks });
    expect(pipeline).toContain("schemaVersion: 2.1.0");
  });

  it.each<[Record<string, OptionValue>, string]>([
    [{}, "takes --definition"],
    [{ definition: path }, "takes --to: airflow or kubeflow"],
    [{ definition: path, to: "luigi" }, "--to is luigi"],
    [{ definition: path, to: "kubeflow", ...tasks }, "takes --image"],
    [{ definition: "no-such.json", to: "airflow" }, "cannot be read"],
    [{ definition: path, to: "airflow" }, "state Price: its task price"],
  ])("refuses %j", async (options, message) => {
    await expect(call(options)).rejects.toThrow(message);
  });
});

describe("what cannot be expressed", () => {
  const machine = (states: JsonObject, more: JsonObject = {}): JsonObject => ({
    QueryLanguage: "JSONata",
    StartAt: Object.keys(states)[0] ?? "",
    States: states,
    ...more,
  });
  const pass = { Type: "Pass", End: true };
  const task = (resource: string, more: JsonObject = {}): JsonObject => ({
    A: { Type: "Task", Resource: `arn:aws:states:::${resource}`, End: true, ...more },
  });

  it.each<[string, JsonObject, string]>([
    [
      "a circle",
      machine({ A: { Type: "Pass", Next: "B" }, B: { Type: "Pass", Next: "A" } }),
      "state A: it comes again in a circle",
    ],
    ["JSONPath", machine({ A: pass }, { QueryLanguage: "JSONPath" }), "state A: it is in JSONPath"],
    ["a job", machine(task("glue:startJobRun.sync")), "waits for Step Functions"],
    ["a token", machine(task("sns:publish.waitForTaskToken")), "waits for Step Functions"],
    ["another service", machine(task("batch:submitJob")), "batch:submitJob has no counterpart"],
    [
      "a heartbeat",
      machine(task("lambda:invoke", { HeartbeatSeconds: 5 })),
      "HeartbeatSeconds has no counterpart",
    ],
    [
      "a role",
      machine(task("lambda:invoke", { Credentials: { RoleArn: "r" } })),
      "Credentials are not exported",
    ],
    [
      "a function of JSONata",
      machine({ A: { ...pass, Output: "{% $uuid() %}" } }),
      "the function $uuid has no counterpart",
    ],
    [
      "a filter",
      machine({ A: { ...pass, Output: "{% $states.input[n = 1] %}" } }),
      "a filter has no counterpart",
    ],
    [
      "a lambda",
      machine({ A: { ...pass, Output: "{% $map([1], function($x) { $x }) %}" } }),
      "$map has no counterpart",
    ],
    [
      "a map in a map",
      machine({
        A: {
          Type: "Map",
          End: true,
          ItemProcessor: machine({
            B: { Type: "Map", End: true, ItemProcessor: { StartAt: "C", States: { C: pass } } },
          }),
        },
      }),
      "state B: it is a Map within the Map A",
    ],
    [
      "a distributed map",
      machine({
        A: {
          Type: "Map",
          End: true,
          ItemProcessor: {
            ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
            StartAt: "C",
            States: { C: pass },
          },
        },
      }),
      "a distributed Map has no counterpart",
    ],
    [
      "a caught map",
      machine({
        A: {
          Type: "Map",
          End: true,
          Catch: [{ ErrorEquals: ["States.ALL"], Next: "B" }],
          ItemProcessor: { StartAt: "C", States: { C: pass } },
        },
        B: pass,
      }),
      "Retry and Catch of a whole Map",
    ],
    ["own code without a command", definition, "its task price is the machine's own code"],
  ])("%s", (_, document, message) => {
    for (const one of [
      () => toAirflow(document),
      () => toKubeflow(document, { image: "python" }),
    ]) {
      let thrown: unknown;
      try {
        one();
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toMatchObject({
        code: "MOR_EXPORT_UNSUPPORTED",
        details: { state: expect.any(String) as string, why: expect.any(String) as string },
      });
      expect((thrown as Error).message).toContain(message);
    }
  });

  it("a pipeline has no limit of time", () => {
    const document = machine({ A: pass }, { TimeoutSeconds: 60 });
    expect(() => toKubeflow(document, { image: "python" })).toThrow("TimeoutSeconds");
    expect(toAirflow(document).file).toContain("dagrun_timeout=timedelta(seconds=60)");
  });

  it("texts of definitions never become code", () => {
    const evil = `"""\n__import__("os").system("x")\n# ${"\\"}'`;
    const { file } = toAirflow(machine({ [evil.slice(0, 60)]: { ...pass, Output: evil } }));
    const lines = file.split("\n").filter((line) => line.includes("__import__"));
    expect(lines.every((line) => !line.startsWith("__import__"))).toBe(true);
  });
});
