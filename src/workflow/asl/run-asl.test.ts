import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { CommandRun, OptionValue } from "../../core/command.ts";
import { commands } from "./commands.ts";

const folder = mkdtempSync(join(tmpdir(), "morning-run-asl-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

async function command(
  options: Record<string, OptionValue>,
): Promise<{ code: number; lines: string[] }> {
  const lines: string[] = [];
  const call: CommandRun = {
    args: {},
    options,
    api: { request: () => Promise.reject(new Error("it needs no platform")) },
    out: (line) => void lines.push(line),
    wait: () => Promise.resolve(),
  };
  const code = (await commands[0]?.run(call)) ?? -1;
  return { code, lines };
}

const lambda = "arn:aws:lambda:us-east-1:000000000000:function";
const definition = {
  StartAt: "Charge",
  States: {
    Charge: { Type: "Task", Resource: `${lambda}:charge`, Next: "Rest" },
    Rest: { Type: "Wait", Seconds: 3600, End: true },
  },
};
const machinePath = file("machine.json", definition);
const inputPath = file("input.json", { amount: 2 });
file(
  "charge.ts",
  "export const handler = (input: { amount: number }) => ({ paid: input.amount });",
);
const tablePath = file("table.json", { charge: "./charge.ts" });
const modulePath = file(
  "handlers.ts",
  "const charge = () => { throw new RangeError('too much'); };\n" +
    "export const handlers = { charge, twice: (n: number) => n * 2 };",
);

describe("morning workflow run-asl", () => {
  it("prints the result as JSON", async () => {
    const { code, lines } = await command({
      definition: machinePath,
      input: inputPath,
      lambdas: tablePath,
      start: "2026-05-01T00:00:00Z",
      json: true,
    });
    const result = JSON.parse(lines.join("")) as { events: { type: string; timestamp: string }[] };
    expect([code, result]).toMatchObject([0, { status: "SUCCEEDED", output: '{"paid":2}' }]);
    expect(result.events.at(-1)).toMatchObject({
      type: "ExecutionSucceeded",
      timestamp: "2026-05-01T01:00:00.000Z",
    });
  });

  it("prints a table of the history for people", async () => {
    const { lines } = await command({
      definition: machinePath,
      input: inputPath,
      lambdas: tablePath,
    });
    expect(lines[0]).toMatch(/seconds +id +after +event/);
    expect(lines.find((line) => line.includes("WaitStateExited"))).toMatch(/3600\.000 .*Rest/);
    expect(lines.slice(-2)).toEqual(["SUCCEEDED", '{"paid":2}']);
  });

  it("takes handlers from a module, and ends with 0 when the execution failed", async () => {
    const { code, lines } = await command({
      definition: machinePath,
      lambdas: modulePath,
      json: true,
    });
    expect([code, JSON.parse(lines.join(""))]).toMatchObject([
      0,
      { status: "FAILED", error: "RangeError" },
    ]);
  });

  it("runs many cases, a line each, and says which could not be run", async () => {
    const cases = file("cases.json", [
      {
        id: "one",
        match: "m",
        definition: {
          StartAt: "A",
          States: { A: { Type: "Task", Resource: `${lambda}:double`, End: true } },
        },
        input: "21",
        lambdas: { double: "twice" },
      },
      { id: "two", definition: { StartAt: "A", States: {} } },
      { id: "three", definition, input: null, type: "EXPRESS", stopAfterMs: 5 },
      "no case",
    ]);
    const { code, lines } = await command({ cases, lambdas: modulePath, json: true });
    expect(code).toBe(1);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { id: "one", match: "m", status: "SUCCEEDED", output: "42" },
      { id: "two", status: "INVALID", error: "MOR_ASL_DEFINITION_INVALID" },
      { id: "three", status: "FAILED", error: "RangeError" },
      { status: "INVALID", error: "MOR_INVALID" },
    ]);
  });

  it.each<[Record<string, OptionValue>, string]>([
    [{}, "takes either --definition or --cases"],
    [{ definition: "no-such-file.json" }, "cannot be read"],
    [{ definition: machinePath, seed: "x" }, "--seed is x"],
    [{ definition: machinePath, start: "soon" }, "--start is soon"],
    [
      { definition: machinePath, lambdas: file("bad.json", { charge: "./no.ts" }) },
      "cannot be loaded",
    ],
    [
      { definition: machinePath, lambdas: file("odd.json", { charge: "./charge.ts#no" }) },
      "exports no function",
    ],
    [{ cases: machinePath }, "is not a JSON array of cases"],
  ])("refuses %j", async (options, message) => {
    await expect(command(options)).rejects.toThrow(message);
  });
});
