import { textOf } from "../../i18n/text.ts";
import en from "./en.json" with { type: "json" };
import zhTW from "./zh-TW.json" with { type: "json" };

/** What the pages of workflows say. */
export const useText = textOf({ en, "zh-TW": zhTW });

/** Writes a message of these pages, or a shared one. */
export type Say = ReturnType<typeof useText>["t"];
