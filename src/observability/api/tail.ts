import type { Filter } from "../signals/filter.ts";
import type { LogView } from "./shapes.ts";

/** Log lines that were just stored. */
export interface TailPart {
  readonly lines: readonly LogView[];
  /** Lines that matched and are not told, as there were too many. */
  readonly leftOut: number;
}

/** Live tails: whoever looks hears what was just stored. */
export interface Tails {
  /** `listener` hears at most ten times a second; the function given back ends it. */
  open(filter: Filter, listener: (part: TailPart) => void): () => void;
}
