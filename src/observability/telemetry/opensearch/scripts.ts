import type { Json } from "../../../core/json.ts";
import type { Kept } from "./documents.ts";
import { numberPrefixes } from "./query.ts";
import type { Place } from "./query.ts";

/** The number among the terms that begins with one of the prefixes; see `numberTerm`. */
const numberSource = `
Double numberOf(def terms, List prefixes) {
  for (def prefix : prefixes) {
    for (def term : terms) {
      if (term.startsWith(prefix)) {
        long bits = Long.parseUnsignedLong(term.substring(prefix.length()), 16);
        return Double.longBitsToDouble(bits < 0L ? (bits ^ Long.MIN_VALUE) : ~bits);
      }
    }
  }
  return null;
}`;

const textSource = `
for (def prefix : params.p) {
  for (def term : doc['pairs']) {
    if (term.startsWith(prefix)) { return term.substring(prefix.length()); }
  }
}
return null;`;

const script = (source: string, place: Place, more: Readonly<Record<string, Json>> = {}): Json => ({
  lang: "painless",
  source,
  params: { p: numberPrefixes(place), ...more },
});

const weightOf = (signal: Kept): string => (signal === "spans" ? "doc['weight'].value" : "1.0");

/** Where an aggregation finds the text of a field. */
export function textSourceOf(place: Place): { readonly [key: string]: Json } {
  return place.kind === "column" ? { field: place.name } : { script: script(textSource, place) };
}

/** The number of a field. */
export const numberScript = (place: Place): Json =>
  script(`${numberSource}\nreturn numberOf(doc['numbers'], params.p);`, place);

/** The number of a field by the weight of its record. */
export const weightedScript = (signal: Kept, place: Place): Json =>
  script(
    `${numberSource}
     Double value = numberOf(doc['numbers'], params.p);
     return value == null ? null : value * ${weightOf(signal)};`,
    place,
  );

/** The weight of the records that have a number. */
export const weightScript = (signal: Kept, place: Place): Json =>
  script(
    `${numberSource}
     return numberOf(doc['numbers'], params.p) == null ? null : ${weightOf(signal)};`,
    place,
  );

const mergeSource = `
Map whole = new HashMap();
for (state in states) {
  if (state == null) continue;
  for (entry in state.entrySet()) {
    whole.merge(entry.getKey(), entry.getValue(), (a, b) -> a + b);
  }
}
return whole;`;

/**
 * Weights by bucket of the platform's sketch (see `metrics/sketch.ts`): `p` or `n` and the bucket,
 * `0` for zeros.
 */
export function sketchMetric(signal: Kept, place: Place, gamma: number): Json {
  return {
    scripted_metric: {
      params: { p: numberPrefixes(place), g: Math.log(gamma) },
      init_script: "state.b = new HashMap();",
      map_script: `${numberSource}
        Double value = numberOf(doc['numbers'], params.p);
        if (value == null || value.isNaN() || value.isInfinite()) return;
        double v = value.doubleValue();
        String key = '0';
        if (v != 0.0) {
          int at = (int) Math.ceil(Math.log(Math.abs(v)) / params.g);
          key = (v > 0.0 ? 'p' : 'n') + at;
        }
        double weight = ${weightOf(signal)};
        state.b.put(key, ((double) state.b.getOrDefault(key, 0.0)) + weight);`,
      combine_script: "return state.b;",
      reduce_script: mergeSource,
    },
  };
}
