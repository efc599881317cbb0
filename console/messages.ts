import { parse } from "@formatjs/icu-messageformat-parser";
import { readFile } from "node:fs/promises";
import type { Plugin } from "vite";

/** What is filled in or quoted; all other messages are said as they stand. */
const special = /[{}']/;

/**
 * Takes the messages of every catalogue apart at build time, so that the page neither has nor runs
 * a parser. Plain texts stay as they are.
 */
export function messages(): Plugin {
  return {
    name: "morning-messages",
    enforce: "pre",
    config: () => ({
      resolve: {
        alias: {
          "@formatjs/icu-messageformat-parser": "@formatjs/icu-messageformat-parser/no-parser.js",
        },
      },
    }),
    async load(id) {
      if (!/\/src\/.*\/(en|zh-TW)\.json$/.test(id)) return undefined;
      const texts = JSON.parse(await readFile(id, "utf8")) as Record<string, string>;
      const entries = Object.entries(texts).map(([key, text]) => [
        key,
        special.test(text) ? parse(text, { ignoreTag: true, captureLocation: false }) : text,
      ]);
      return JSON.stringify(Object.fromEntries(entries));
    },
  };
}
