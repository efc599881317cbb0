import { textOf } from "../../i18n/text.ts";
import en from "./en.json" with { type: "json" };
import zhTW from "./zh-TW.json" with { type: "json" };

/** What lists of log lines and the field of their query say. */
export const useText = textOf({ en, "zh-TW": zhTW });
