import { textOf } from "../../../i18n/text.ts";
import en from "./en.json" with { type: "json" };
import zhTW from "./zh-TW.json" with { type: "json" };

/** What the pages of alerts, objectives, dashboards, metrics and SQL say. */
export const useText = textOf({ en, "zh-TW": zhTW });
