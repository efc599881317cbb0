import { describe, expect, it } from "vitest";
import { locales, translatorsOf, type Locale } from "../../../i18n/messages.ts";
import { firstSpec, type AlertView } from "./alert-data.ts";
import en from "./en.json" with { type: "json" };
import { reasonWords, titleWords } from "./reason-words.ts";
import zhTW from "./zh-TW.json" with { type: "json" };

const translators = translatorsOf({ en, "zh-TW": zhTW });
const textIn = (locale: Locale) => ({ t: translators[locale], locale });

type Reason = NonNullable<AlertView["reason"]>;
const hour = 3_600_000;
const windows = [
  { long: 3.2, short: null, longMs: hour, shortMs: hour / 12, rate: 14.4 },
  { long: 7, short: 6.5, longMs: 6 * hour, shortMs: hour / 2, rate: 6 },
];
/** One of each, so that a reason that the server learns to give is missed here by the types. */
const reasons: { readonly [Said in Reason["said"]]: Extract<Reason, { readonly said: Said }> } = {
  "no-data": { said: "no-data", windowMs: hour },
  threshold: { said: "threshold", value: 0.25, windowMs: hour, op: ">", bound: 0.1 },
  absence: { said: "absence", value: 0, windowMs: hour },
  "too-little": { said: "too-little" },
  "nothing-before": { said: "nothing-before" },
  change: { said: "change", from: 20, to: 5, by: -75, as: "percent" },
  learning: { said: "learning" },
  anomaly: { said: "anomaly", value: 9, usual: 3, spread: 1, basis: "week", deviations: 6 },
  burn: { said: "burn", windows },
  deleted: { said: "deleted" },
  text: { said: "text", text: "Error: card refused" },
};
const said = (reason: Reason | null, locale: Locale): string =>
  reasonWords({ note: "as the server says", reason }, textIn(locale));

describe("why an alert is as it is", () => {
  it("is in the reader's language, with the server's figures", () => {
    expect(said(reasons.burn, "en")).toBe(
      "Burns 3.2× / none over 1 h / 5 min (bound 14.4×); 7× / 6.5× over 6 h / 30 min (bound 6×)",
    );
    expect(said(reasons.burn, "zh-TW")).toBe(
      "消耗速度 1 小時 / 5 分鐘 內 3.2× / 無（界限 14.4×）；6 小時 / 30 分鐘 內 7× / 6.5×（界限 6×）",
    );
    expect(said(reasons.change, "en")).toBe("From 20 to 5: -75%");
    expect(said(reasons.threshold, "zh-TW")).toBe("1 小時 內為 0.25，界限 > 0.1");
  });

  it("says nothing in English where another language is read, whatever the reason", () => {
    for (const reason of Object.values(reasons)) {
      if (reason.said !== "text") expect(said(reason, "zh-TW")).not.toMatch(/[a-z]{2}/i);
    }
  });

  it("leaves to records and failures what only they can say", () => {
    for (const locale of locales) {
      expect(said(reasons.text, locale)).toBe("Error: card refused");
      expect(said(null, locale)).toBe("as the server says");
    }
  });

  it("names the alerts of an objective itself", () => {
    const view = { origin: "slo", spec: { ...firstSpec, title: "Shop: burns" } } as AlertView;
    const condition = { type: "burn-rate" as const, slo: "shop", windows: [] };
    const own = { ...view, spec: { ...view.spec, condition } };
    expect(titleWords(own, textIn("zh-TW"))).toContain("的錯誤預算消耗過快");
    expect(titleWords({ ...own, origin: "code" }, textIn("zh-TW"))).toBe("Shop: burns");
  });
});
