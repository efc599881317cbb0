import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../../../src/core/ids.ts";
import {
  drawFrom,
  randomEvent,
  randomPattern,
} from "../../../../../src/messaging/event/pattern/generator.test-support.ts";
import { explain, parsePattern } from "../../../../../src/messaging/event/pattern/index.ts";
import { locales, translatorsOf, type Locale } from "../../../i18n/messages.ts";
import en from "../en.json" with { type: "json" };
import zhTW from "../zh-TW.json" with { type: "json" };
import { ruleText, wantsText, type Rule } from "./sentence.ts";

const translators = translatorsOf({ en, "zh-TW": zhTW });

/** Without the marks that isolate foreign text. */
const bare = (text: string): string => text.replaceAll(/[\u2068\u2069]/g, "");

/** The answer of the server about a pattern and an event, as it comes over HTTP. */
function ruleOf(pattern: unknown, event: unknown): Rule {
  const explained = explain(parsePattern(pattern), event);
  const rule = { name: "r", service: "s", event: "e", pattern: {}, ...explained };
  return JSON.parse(JSON.stringify(rule)) as Rule;
}

const said = (locale: Locale, rule: Rule): string =>
  bare(ruleText(translators[locale], locale, rule));

function wanted(locale: Locale, leaf: unknown): string {
  const condition = ruleOf({ a: [leaf] }, {}).branches[0]?.paths[0]?.leaves[0]?.condition;
  if (condition === undefined) throw new Error("the pattern has no leaf");
  return bare(wantsText(translators[locale], locale, condition));
}

describe("what a leaf asks for", () => {
  test.each([
    ["x", '"x"', "「x」"],
    ["150", '"150"', "「150」"],
    [150, "150", "150"],
    [true, "true", "true"],
    [null, "null", "null"],
    [{ prefix: "x" }, 'a string that starts with "x"', "以「x」開頭的字串"],
    [
      { prefix: { "equals-ignore-case": "X" } },
      'a string that starts with "x" in any case',
      "以「x」開頭的字串（不分大小寫）",
    ],
    [{ suffix: "x" }, 'a string that ends with "x"', "以「x」結尾的字串"],
    [
      { suffix: { "equals-ignore-case": "X" } },
      'a string that ends with "x" in any case',
      "以「x」結尾的字串（不分大小寫）",
    ],
    [{ "equals-ignore-case": "X" }, '"x" in any case', "「x」（不分大小寫）"],
    [{ wildcard: "x*y" }, 'a string like "x*y"', "形如「x*y」的字串"],
    [{ numeric: ["=", 5] }, "a number equal to 5", "等於 5 的數字"],
    [{ numeric: [">", 5] }, "a number > 5", "大於 5 的數字"],
    [{ numeric: [">=", 5] }, "a number >= 5", "大於等於 5 的數字"],
    [{ numeric: ["<", 5] }, "a number < 5", "小於 5 的數字"],
    [{ numeric: ["<=", 5] }, "a number <= 5", "小於等於 5 的數字"],
    [{ numeric: [">", 1, "<=", 2.5] }, "a number > 1 and <= 2.5", "大於 1 且小於等於 2.5 的數字"],
    [{ numeric: ["<", Infinity] }, "a number", "任意數字"],
    [{ exists: true }, "any value", "任意值"],
    [{ exists: false }, "no value", "沒有值"],
    [{ cidr: "10.0.0.0/8" }, "an address in 10.0.0.0/8", "位於 10.0.0.0/8 網段的位址"],
    [{ "anything-but": 5 }, "anything but 5", "5以外的值"],
    [{ "anything-but": ["x", "y"] }, 'anything but "x", "y"', "「x」、「y」以外的值"],
    [
      { "anything-but": { prefix: "x" } },
      'anything but a string that starts with "x"',
      "以「x」開頭的字串以外的值",
    ],
    [
      { "anything-but": { suffix: ["x", "y"] } },
      'anything but a string that ends with "x", a string that ends with "y"',
      "以「x」結尾的字串、以「y」結尾的字串以外的值",
    ],
    [
      { "anything-but": { "equals-ignore-case": "X" } },
      'anything but "x" in any case',
      "「x」（不分大小寫）以外的值",
    ],
    [
      { "anything-but": { wildcard: "*x" } },
      'anything but a string like "*x"',
      "形如「*x」的字串以外的值",
    ],
  ])("%j", (leaf, english, chinese) => {
    expect(wanted("en", leaf)).toBe(english);
    expect(wanted("zh-TW", leaf)).toBe(chinese);
  });

  test("is cut where it excludes many", () => {
    const many = Array.from({ length: 12 }, (_, at) => at);
    expect(wanted("en", { "anything-but": many })).toMatch(/^anything but 0, .*, 9, 2 more$/);
    expect(wanted("zh-TW", { "anything-but": many })).toMatch(/、9、另外 2 個以外的值$/);
  });
});

describe("why a rule matches or not", () => {
  const total = { source: ["shop"], detail: { total: [{ numeric: [">", 100] }] } };
  const either = { $or: [{ a: ["x"] }, { b: [{ exists: false }] }] };
  const spread = { a: { b: [1], c: [2] } };
  const optional = { a: { b: [1], c: [{ exists: false }] } };
  test.each([
    [
      "every path holds",
      total,
      { source: "shop", detail: { total: 150 } },
      "符合：detail.total 是150，符合模式要求的大於 100 的數字；source 是「shop」，符合模式要求的「shop」。",
    ],
    [
      "a path is absent",
      total,
      { source: "shop" },
      "不符合：事件沒有 detail.total，但模式要求大於 100 的數字。",
    ],
    [
      "a value differs",
      { a: ["x", "y", 3] },
      { a: ["v", 1] },
      "不符合：a 是「v」和1，但模式要求「x」、「y」或3。",
    ],
    [
      "no alternative holds",
      either,
      { a: "y", b: 1 },
      "不符合：a 是「y」，但模式要求「x」；另一種可能：b 是1，但模式要求沒有值。",
    ],
    ["an alternative holds", either, { a: "y" }, "符合：事件沒有 b，而模式允許。"],
    [
      "elements",
      spread,
      { a: [{ b: 1 }, { c: 2 }] },
      "不符合：每個路徑各自符合，但分散在陣列的不同元素中；必須由同一個元素全部符合。",
    ],
    [
      "absent from the element",
      optional,
      { a: [{ b: 1 }, { c: 2 }] },
      "符合：a.b 是1，符合模式要求的1；符合的元素中沒有 a.c，而模式允許。",
    ],
    [
      "more values than are shown",
      { a: ["x"] },
      { a: Array.from({ length: 12 }, (_, at) => at) },
      "不符合：a 是0、1、2、3、4、5、6、7、8、9和另外 2 個，但模式要求「x」。",
    ],
    [
      "more alternatives than are shown",
      { $or: Array.from({ length: 12 }, (_, at) => ({ a: [at] })) },
      { a: "x" },
      `不符合：${Array.from({ length: 10 }, (_, at) => `a 是「x」，但模式要求${at}；另一種可能：`).join("")}另外 2 種可能。`,
    ],
  ])("%s", (_, pattern, event, chinese) => {
    const rule = ruleOf(pattern, event);
    expectAsServer(rule);
    expect(said("zh-TW", rule)).toBe(chinese);
  });

  test("undecided", () => {
    const rule = ruleOf(spread, { a: [{ b: 1 }, { c: 2 }] });
    const branches = rule.branches.map((branch) => ({ ...branch, reason: "undecided" as const }));
    const undecided = { ...rule, branches };
    expect(said("en", undecided)).toBe("Not matched: the event holds too many arrays to decide.");
    expect(said("zh-TW", undecided)).toBe("不符合：事件中的陣列太多，無法判斷。");
  });

  test("in English as the server says it, in Chinese about the same paths", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 - 1 }), (seed) => {
        const draw = drawFrom(seededRandom(seed));
        const rule = validRule(() => ruleOf(randomPattern(draw), randomEvent(draw)));
        expectAsServer(rule);
        expect(namesPaths(said("zh-TW", rule), rule)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("keeps foreign text isolated, whatever it is and however long", () => {
    const text = fc.string({ unit: "binary", maxLength: 400 });
    fc.assert(
      fc.property(text, fc.array(text, { maxLength: 20 }), (wants, values) => {
        const rule = ruleOf({ a: [wants] }, { a: values });
        for (const locale of locales) {
          const sentence = ruleText(translators[locale], locale, rule);
          expect(sentence).toContain("a");
          expect(sentence.isWellFormed()).toBe(true);
          expect(sentence.split("\u2068").length).toBe(sentence.split("\u2069").length);
          expect(sentence).not.toMatch(/[\u202A-\u202E\u0000-\u001F]/u);
          expect(sentence.length).toBeLessThan(700);
        }
      }),
    );
  });
});

/** The English is the server's own, but for its end where it is long. */
function expectAsServer(rule: Rule): void {
  const english = said("en", rule);
  const head = english.replace(/…$/, "");
  expect(head).toBe(english === head ? rule.sentence : rule.sentence.slice(0, head.length));
}

/** The first that can be made: some random patterns name a path twice. */
function validRule(make: () => Rule): Rule {
  for (;;) {
    try {
      return make();
    } catch {
      continue;
    }
  }
}

/** Whether a sentence names the first path that decides, or needs none. */
function namesPaths(sentence: string, { matched, branches }: Rule): boolean {
  const branch = branches.find((one) => one.matched === matched);
  const path = branch?.paths.find((one) => one.matched === matched);
  return branch?.reason !== undefined || (path !== undefined && sentence.includes(path.path));
}
