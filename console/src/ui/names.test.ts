import { expect, it } from "vitest";
import type { Part } from "../api/overview.ts";
import { translator } from "../i18n/messages.ts";
import { kindName, subtitle, verbName } from "./names.ts";

const part: Part = {
  id: "queue/mail",
  kind: "queue",
  name: "mail",
  health: "ok",
  ratePerSecond: 12.34,
  errorRate: 0,
};

it("shows a rate and the one figure that matters most", () => {
  const t = translator("en");
  expect(subtitle(t, "en", part)).toBe("12.3/s");
  expect(subtitle(t, "en", { ...part, p95Ms: 3.14 })).toBe("12.3/s · 3.14 ms");
  expect(subtitle(t, "en", { ...part, p95Ms: 3, depth: 1200 })).toBe("12.3/s · 1.2 k waiting");
  expect(subtitle(t, "en", { ...part, depth: 1200, errorRate: 0.2 })).toBe("12.3/s · 20% errors");
  expect(subtitle(translator("zh-TW"), "zh-TW", { ...part, ratePerSecond: 0 })).toBe("閒置");
});

it("does not call a table idle whose traffic nobody counts", () => {
  expect(subtitle(translator("en"), "en", { ...part, kind: "table", ratePerSecond: 0 })).toBe(
    "Table",
  );
});

it("names kinds and verbs, the unknown ones as they are", () => {
  const t = translator("zh-TW");
  expect([kindName(t, "queue"), kindName(t, "model")]).toEqual(["訊息佇列", "model"]);
  expect([verbName(t, "publish"), verbName(t, "predict")]).toEqual(["發布", "predict"]);
});
