import type { Json } from "../../../core/json.ts";
import { own } from "../values.ts";

/** What a JSON pointer names, if anything. @see https://www.rfc-editor.org/rfc/rfc6901 */
export function valueAtPointer(document: Json, pointer: string): Json | undefined {
  if (pointer === "" || pointer === "/") return document;
  let value: Json | undefined = document;
  for (const token of pointer.split("/").slice(1)) {
    const key = token.replaceAll("~1", "/").replaceAll("~0", "~");
    if (Array.isArray(value))
      value = /^\d+$/.test(key) ? (value as Json[])[Number(key)] : undefined;
    else value = own(value, key);
  }
  return value;
}
