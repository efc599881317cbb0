import type { Json } from "../../../core/json.ts";
import { fill } from "../dataflow.ts";
import type { Frame, MapItem } from "../run.ts";
import { own } from "../values.ts";

/** What a Map's iteration gets of an item: the item itself, or what ItemSelector makes of it. */
export async function selected(frame: Frame, effective: Json, item: MapItem): Promise<Json> {
  const { fields } = frame.state;
  const name = own(fields, "ItemSelector") === undefined ? "Parameters" : "ItemSelector";
  const selector = own(fields, name);
  if (selector === undefined) return item.value;
  const within: Frame = { ...frame, strand: { ...frame.strand, item } };
  return fill(within, selector, name, { input: effective });
}
