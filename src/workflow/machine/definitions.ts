import { parseDefinition } from "../asl/index.ts";
import type { Machine } from "../asl/index.ts";

/** Characters of all documents that are kept parsed. */
const charactersMax = 8 * 1_048_576;

const known = new Map<string, Machine>();
let characters = 0;

/**
 * The machine of a document. Runs that share one, which are most, parse it once: that is half of
 * the work of a run of ten states.
 */
export function parsedDefinition(text: string): Machine {
  const found = known.get(text);
  if (found !== undefined) return found;
  const machine = parseDefinition(text);
  if (text.length > charactersMax / 8) return machine;
  known.set(text, machine);
  characters += text.length;
  for (const oldest of known.keys()) {
    if (characters <= charactersMax) break;
    known.delete(oldest);
    characters -= oldest.length;
  }
  return machine;
}
