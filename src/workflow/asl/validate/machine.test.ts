import { describe, expect, it } from "vitest";
import { MorningError } from "../../../core/errors.ts";
import type { JsonObject } from "../values.ts";
import { parseDefinition } from "./machine.ts";

interface Found {
  readonly place: string;
  readonly message: string;
}

function problemsOf(definition: JsonObject | string): readonly Found[] {
  try {
    parseDefinition(definition);
    return [];
  } catch (error) {
    if (!MorningError.is(error, "MOR_ASL_DEFINITION_INVALID")) throw error;
    return error.details["problems"] as readonly Found[];
  }
}

const machine = (states: JsonObject, more: JsonObject = {}): JsonObject => ({
  StartAt: Object.keys(states)[0] ?? "",
  States: states,
  ...more,
});
const pass: JsonObject = { Type: "Pass", End: true };
const one = (state: JsonObject, more: JsonObject = {}): JsonObject => machine({ A: state }, more);
const resource = "arn:aws:states:::sqs:sendMessage";

describe("a definition that is wrong is refused with the place", () => {
  it.each<[string, JsonObject, string]>([
    ["a state that is not there", one({ Type: "Pass", Next: "B" }), "/States/A"],
    ["a start that is not there", { StartAt: "B", States: { A: pass } }, "/StartAt"],
    ["a state that nothing reaches", machine({ A: pass, B: pass }), "/States/B"],
    ["neither Next nor End", one({ Type: "Pass" }), "/States/A"],
    ["an unknown type", one({ Type: "Sleep", End: true }), "/States/A/Type"],
    ["a type that is a prototype's", one({ Type: "constructor" }), "/States/A/Type"],
    ["a misspelt field", one({ ...pass, Resutl: 1 }), "/States/A/Resutl"],
    ["a field of the other language", one({ ...pass, Output: 1 }), "/States/A/Output"],
    [
      "JSONPath within JSONata",
      one({ ...pass, QueryLanguage: "JSONPath" }, { QueryLanguage: "JSONata" }),
      "/States/A/QueryLanguage",
    ],
    ["a path that is none", one({ ...pass, InputPath: "$.a[" }), "/States/A/InputPath"],
    ["a ResultPath of many places", one({ ...pass, ResultPath: "$.*" }), "/States/A/ResultPath"],
    [
      "a bad template",
      one({ ...pass, Parameters: { a: [{ "b.$": "b" }] } }),
      "/States/A/Parameters/a[0]/b.$",
    ],
    [
      "an unknown function",
      one({ ...pass, Parameters: { "b.$": "States.No()" } }),
      "/States/A/Parameters/b.$",
    ],
    [
      "a bad expression",
      one({ ...pass, Output: { a: "{% 1 + %}" } }, { QueryLanguage: "JSONata" }),
      "/States/A/Output/a",
    ],
    ["a task without ARN", one({ Type: "Task", Resource: "x", End: true }), "/States/A/Resource"],
    [
      "States.ALL that is not last",
      one({
        Type: "Task",
        Resource: resource,
        End: true,
        Retry: [{ ErrorEquals: ["States.ALL"] }, { ErrorEquals: ["X"] }],
      }),
      "/States/A/Retry[0]/ErrorEquals",
    ],
    [
      "a catcher that goes nowhere",
      one({
        Type: "Task",
        Resource: resource,
        End: true,
        Catch: [{ ErrorEquals: ["X"], Next: "B" }],
      }),
      "/States/A",
    ],
    ["a choice of nothing", one({ Type: "Choice", Choices: [] }), "/States/A/Choices"],
    [
      "a rule of two operators",
      machine({
        C: {
          Type: "Choice",
          Choices: [{ Variable: "$.a", IsNull: true, IsString: true, Next: "A" }],
        },
        A: pass,
      }),
      "/States/C/Choices[0]",
    ],
    [
      "a wait of two times",
      one({ Type: "Wait", Seconds: 1, SecondsPath: "$.a", End: true }),
      "/States/A",
    ],
    ["a wait below zero", one({ Type: "Wait", Seconds: -1, End: true }), "/States/A/Seconds"],
    [
      "a branch that is wrong",
      one({ Type: "Parallel", End: true, Branches: [machine({ B: { Type: "Pass" } })] }),
      "/States/A/Branches[0]/States/B",
    ],
    [
      "a reader of an inline Map",
      one({ Type: "Map", End: true, ItemProcessor: machine({ B: pass }), ItemReader: {} }),
      "/States/A/ItemReader",
    ],
    ["a variable without name", one({ ...pass, Assign: { "a b": 1 } }), "/States/A/Assign/a b"],
  ])("%s", (_, definition, place) => {
    expect(problemsOf(definition).map((problem) => problem.place)).toContain(place);
  });

  it("tells all problems at once, up to a hundred", () => {
    const states = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`S${index}`, { Type: "Pass" }]),
    );
    expect(problemsOf(machine(states))).toHaveLength(100);
  });

  it("refuses what is no JSON, too large, or nested too deep", () => {
    expect(() => parseDefinition("{")).toThrow("is not JSON");
    expect(() => parseDefinition("[".repeat(100_000))).toThrow("is not JSON");
    const deep = "[".repeat(2_000) + "]".repeat(2_000);
    expect(() => parseDefinition(deep)).toThrow("nests deeper");
    expect(() => parseDefinition(" ".repeat(1_048_577))).toThrow(
      expect.objectContaining({ code: "MOR_ASL_DEFINITION_TOO_LARGE" }),
    );
  });

  it("accepts machines in a circle, names of prototypes, and a megabyte in a moment", () => {
    const circle = machine({
      __proto__x: { Type: "Pass", Next: "constructor" },
      constructor: { Type: "Pass", Next: "__proto__x" },
    });
    expect(problemsOf(circle)).toEqual([]);
    const text = JSON.stringify(circle).replaceAll("__proto__x", "__proto__");
    expect(parseDefinition(text).states.has("__proto__")).toBe(true);
    const many = Object.fromEntries(
      Array.from({ length: 14_000 }, (_, index) => [
        `S${index}`,
        { Type: "Pass", Parameters: { "a.$": "$.a.b[0]" }, Next: `S${(index + 1) % 14_000}` },
      ]),
    );
    const large = JSON.stringify(machine(many));
    expect(large.length).toBeGreaterThan(900_000);
    const began = performance.now();
    expect(parseDefinition(large).states.size).toBe(14_000);
    expect(performance.now() - began).toBeLessThan(3_000);
  });
});
