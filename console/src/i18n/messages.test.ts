import { parse, TYPE, type MessageFormatElement } from "@formatjs/icu-messageformat-parser";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { localeFor, locales, translator } from "./messages.ts";

function argumentsOf(elements: readonly MessageFormatElement[]): string[] {
  const names = elements.flatMap((element) => {
    if (element.type === TYPE.literal || element.type === TYPE.pound) return [];
    const inner =
      element.type === TYPE.plural || element.type === TYPE.select
        ? Object.values(element.options).flatMap((option) => argumentsOf(option.value))
        : [];
    return [element.value, ...inner];
  });
  return [...new Set(names)].sort();
}

/** Mainland words and the Taiwan ones that belong in their place. */
const foreign: Readonly<Record<string, string>> = {
  消息: "訊息",
  隊列: "佇列",
  數據: "資料",
  信息: "資訊",
  網絡: "網路",
  服務器: "伺服器",
  實時: "即時",
  默認: "預設",
  設置: "設定",
  用戶: "使用者",
  連接: "連線",
  加載: "載入",
  刷新: "重新整理",
  部署: "佈署",
  視圖: "檢視",
  程序: "程式",
  緩存: "快取",
  數組: "陣列",
  鏈接: "連結",
  屏幕: "螢幕",
};

/** A part's messages: the folder they lie in, and their texts by key in each language. */
interface Part {
  readonly folder: string;
  readonly en: Readonly<Record<string, string>>;
  readonly zhTW: Readonly<Record<string, string>>;
}

const root = new URL("../", import.meta.url);
const files = readdirSync(root, { recursive: true, encoding: "utf8" });
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");
const texts = (path: string): Readonly<Record<string, string>> =>
  JSON.parse(read(path)) as Record<string, string>;

const parts: readonly Part[] = files
  .filter((path) => path.endsWith("/en.json"))
  .map((path) => {
    const folder = path.slice(0, -"en.json".length);
    return { folder, en: texts(path), zhTW: texts(`${folder}zh-TW.json`) };
  });

const sources = files.filter((path) => /\.tsx?$/.test(path) && !path.endsWith(".test.ts"));

/** Keys that are put together at run time, out of what the server says. */
const made =
  /^(kinds?|verb|health|counter|problem|limit|feature|line|role|range|bar\.theme|palette\.theme|overview\.(ok|warning|failing))\b/;

/** Whether the source puts a key together from its beginning: `sentence.${health}`. */
const isMade = (source: string, key: string): boolean =>
  key.split(".").some((_, at, words) => {
    const beginning = words.slice(0, at).join(".");
    return at > 0 && source.includes(`\`${beginning}.\${`);
  });

describe.for(parts)("the messages of $folder", ({ folder, en: english, zhTW: chinese }) => {
  it("have every key in both languages, and none that the other lacks", () => {
    expect(Object.keys(chinese).toSorted()).toEqual(Object.keys(english).toSorted());
  });

  it("are never empty", () => {
    const all = [...Object.entries(english), ...Object.entries(chinese)];
    expect(all.filter(([, text]) => !text.trim())).toEqual([]);
  });

  it("are well-formed MessageFormat with the same arguments in both languages", () => {
    for (const [key, text] of Object.entries(english)) {
      const [ours, theirs] = [argumentsOf(parse(text)), argumentsOf(parse(chinese[key] ?? ""))];
      expect({ key, names: theirs }).toEqual({ key, names: ours });
    }
  });

  it("are all used", () => {
    const shared = folder === "i18n/";
    const source = sources
      .filter((path) => shared || path.startsWith(folder))
      .map(read)
      .join("\n");
    const unused = Object.keys(english).filter(
      (key) => !made.test(key) && !source.includes(`"${key}"`) && !isMade(source, key),
    );
    expect(unused).toEqual([]);
  });

  it("speak as Taiwan does", () => {
    const found = Object.entries(chinese).flatMap(([key, text]) =>
      Object.keys(foreign)
        .filter((word) => text.includes(word))
        .map((word) => `${key}: ${word}`),
    );
    expect(found).toEqual([]);
  });
});

describe("translating", () => {
  it("counts in both languages", () => {
    const values = { services: 1, queues: 2, events: 1 };
    expect(translator("en")("overview.ok", values)).toBe(
      "Everything is healthy: 1 service, 2 queues, 1 event.",
    );
    expect(translator("zh-TW")("overview.ok", values)).toBe(
      "一切正常：1 個服務、2 個訊息佇列、1 種事件。",
    );
    const failing = { failing: 1, bad: 0, good: 3 };
    expect(translator("zh-TW")("overview.failing", failing)).toBe("1 個元件異常，其餘 3 個正常。");
  });

  it("never takes markup in a value for markup", () => {
    const name = "<b>{x}</b>";
    expect(translator("en")("detail.gone", { id: name })).toContain(name);
  });

  it("picks the reader's language", () => {
    expect(localeFor(["zh-Hant-HK", "en"])).toBe("zh-TW");
    expect(localeFor(["fr-FR", "en-GB", "zh-TW"])).toBe("en");
    expect(localeFor(["ja"])).toBe("en");
    expect(locales).toContain(localeFor([]));
  });
});
