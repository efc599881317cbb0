import { shown } from "../../../i18n/foreign.ts";
import * as format from "../../../i18n/format.ts";
import type { Locale } from "../../../i18n/messages.ts";
import type { Say } from "../text.ts";
import type { Entry, Place } from "./places.ts";

const kindKeys = {
  step: "entry.step",
  invoke: "entry.invoke",
  once: "entry.once",
  sleep: "entry.sleep",
  signal: "entry.signal",
  event: "entry.event",
  callback: "entry.callback",
  child: "entry.child",
  patch: "entry.patch",
  attributes: "entry.attributes",
  stop: "entry.stop",
  branches: "entry.branches",
  branch: "entry.branch",
  undo: "entry.undo",
} as const;

/** A kind of entry in a word or two; as it is if this page does not know it. */
export const kindName = (t: Say, kind: string): string =>
  Object.hasOwn(kindKeys, kind) ? t(kindKeys[kind as keyof typeof kindKeys]) : shown(kind, 40);

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** The attributes that an entry set: `order: A-17, pence: 900`. */
function attributesText(json: string): string {
  try {
    const values: unknown = JSON.parse(json);
    if (!isFields(values)) return "";
    return Object.entries(values)
      .map(([name, value]) => `${name}: ${String(value)}`)
      .join(", ");
  } catch {
    // One that was cut is no JSON any more.
    return "";
  }
}

/** What an entry is called; what has no name of its own by what it says. */
export function entryName(t: Say, locale: Locale, entry: Entry): string {
  const { kind, name, value, startedAtMs, endedAtMs, dueAtMs } = entry;
  if (kind === "attributes") return attributesText(value?.json ?? "") || kindName(t, kind);
  if (kind === "sleep") {
    const untilMs = dueAtMs ?? endedAtMs;
    return untilMs === null
      ? kindName(t, kind)
      : t("entry.sleepFor", { length: format.duration(untilMs - startedAtMs, locale) });
  }
  return name === "" || kind === "stop" ? kindName(t, kind) : name;
}

/** Which branch a position is, from 1. */
const branchNumber = (at: string): number => Number(at.split(".").at(-1)) + 1;

/** What a place is called: an entry by its name, branches by how many there are. */
export function placeName(t: Say, locale: Locale, place: Place): string {
  const { entry, kind, at, children, childrenFailed: failed, childrenDone: done } = place;
  if (entry !== undefined) return entryName(t, locale, entry);
  if (kind === "undo") return t("entry.undo");
  if (kind === "branch") return t("gantt.branch", { number: branchNumber(at) });
  const count = children.length;
  const values = { count, failed, done: format.count(done, locale) };
  return place.goesOn ? t("gantt.branchesGoing", values) : t("gantt.branches", values);
}
