import { describe, expect, it } from "vitest";
import type { Json } from "../../../core/json.ts";
import { bindingOf, jsonataEvaluator } from "./jsonata.ts";

const evaluator = jsonataEvaluator({ random: () => 0.25, uuid: () => "an-id" }, () => 86_400_000);
const evaluate = (expression: string, input: Json = {}): Promise<Json | undefined> =>
  evaluator.evaluate(expression, { states: { input: bindingOf(input) } });

describe("JSONata as AWS has it", () => {
  it.each<[string, Json | undefined]>([
    ["$range(1, 9, 9)", 1],
    ["$range(1, 5, 2)", [1, 3, 5]],
    ["$partition([1,2,3], 2)", [[1, 2], [3]]],
    ["$hash('input data', 'MD5')", "812f45842bc6d66ee14572ce20db8e86"],
    ["$uuid()", "an-id"],
    ["$random()", 0.25],
    ["$random(3) = $random(3)", true],
    ["$parse('{\"a\":[1]}').a", [1]],
    ["$millis()", 86_400_000],
    ["$now()", "1970-01-02T00:00:00.000Z"],
    ["$states.input.one", [5]],
    ["($x := 1)", 1],
    ["$states.input.nothing", undefined],
    ["$split('a1b22c', /[0-9]+/)", ["a", "b", "c"]],
    ["$replace('abc', /(b)/, '<$1>')", "a<b>c"],
  ])("evaluates %s", async (expression, expected) => {
    expect(await evaluate(expression, { one: [5] })).toEqual(expected);
  });

  it("hands out plain lists, without what the library hides in them", async () => {
    const list = (await evaluate("$states.input.a.b", { a: [{ b: 1 }, { b: 2 }] })) as Json[];
    expect(Object.getOwnPropertyNames(list)).toEqual(["0", "1", "length"]);
  });
});

describe("hostile expressions end with an error", () => {
  it.each([
    ["without end, in a loop", "($f := function($n) { $f($n + 1) }; $f(0))", "StepsExceeded"],
    ["without end, deeper", "($f := function($n) { 1 + $f($n + 1) }; $f(0))", "NestingExceeded"],
    ["over too many items", "[1..9999999]", "SizeExceeded"],
    ["on too long a text", "($f := function($s) { $f($s & $s) }; $f('xx'))", "SizeExceeded"],
    ["by padding", "$pad('x', 1000000000)", "ArgumentInvalid"],
    ["by joining", "$join($map([1..100000], function() { $pad('', 100) }))", "ArgumentInvalid"],
    ["nested in parentheses", "(".repeat(20_000), "NestingExceeded"],
    ["as text that is code", "$eval('1 + 1')", "T1006"],
    ["looking back", "$match('aa', /(a)\\1/)", "EvaluationFailed"],
    ["as a function", "function($x) { $x }", "ResultInvalid"],
    ["as a function in a list", "[$uppercase]", "ResultInvalid"],
  ])("%s", async (_, expression, code) => {
    await expect(evaluate(expression)).rejects.toMatchObject({ code });
  });

  it("takes linear time for regular expressions", async () => {
    const began = performance.now();
    expect(await evaluate(`$match('${"a".repeat(2_000)}!', /^(a+)+$/)`)).toBeUndefined();
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it("reaches no prototype, of data or of what it makes", async () => {
    for (const name of ["constructor", "__proto__", "toString", "hasOwnProperty"]) {
      expect(await evaluate(`$states.input.${name}`)).toBeUndefined();
      expect(await evaluate(`$lookup({"a": 1}, "${name}")`)).toBeUndefined();
      await expect(evaluate(`{"a": 1}.${name}`)).rejects.toMatchObject({ code: "FieldInherited" });
    }
    await expect(evaluate("{'a': 1} ~> |$.__proto__|{'bad': true}|")).rejects.toMatchObject({
      code: "FieldInherited",
    });
    expect(({} as Record<string, unknown>)["bad"]).toBeUndefined();
  });

  it("reads keys that are names of prototypes as data", async () => {
    const input = JSON.parse('{"__proto__": 1, "constructor": {"prototype": 2}}') as Json;
    expect(await evaluate("$states.input.constructor.prototype", input)).toBe(2);
    expect(await evaluate("$states.input", input)).toEqual(input);
  });
});
