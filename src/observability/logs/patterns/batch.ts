import { Miner } from "./miner.ts";

/** A template of a file. */
export interface MinedPattern {
  /** 16 hex digits: the same for the same file. */
  readonly id: string;
  readonly template: string;
  readonly count: number;
  readonly example: string;
  /** Index of its first line, from 0. */
  readonly firstLine: number;
}

/** Templates of lines, most frequent first, and of each line the index of its template. */
export interface MinedPatterns {
  readonly patterns: readonly MinedPattern[];
  readonly assignment: Int32Array;
}

/** Shapes that are weighed against each other at once. */
const shapesMax = 50_000;
const patternsMax = 100_000;

/** Mines all lines together: more accurate than on line, since every line is known at the end. */
export class BatchMiner {
  readonly #miner = new Miner({ onLine: false, shapesMax, patternsMax });
  readonly #ids: string[] = [];
  readonly #ordinals = new Map<string, number>();
  #assigned = new Int32Array(1024);
  #count = 0;

  /** Takes the next line. */
  add(line: string): void {
    const { id } = this.#miner.patternOf(line);
    let ordinal = this.#ordinals.get(id);
    if (ordinal === undefined) {
      ordinal = this.#ids.length;
      this.#ids.push(id);
      this.#ordinals.set(id, ordinal);
    }
    if (this.#count === this.#assigned.length) {
      const grown = new Int32Array(this.#count * 2);
      grown.set(this.#assigned);
      this.#assigned = grown;
    }
    this.#assigned[this.#count++] = ordinal;
  }

  /** The templates of all lines taken. */
  finish(): MinedPatterns {
    const miner = this.#miner;
    miner.settle();
    const known = miner.patterns();
    const place = new Map(known.map(({ id }, index) => [id, index]));
    const places = this.#ids.map((id) => place.get(miner.resolve(id)) ?? -1);
    const assignment = this.#assigned.slice(0, this.#count);
    const counts = new Int32Array(known.length);
    for (let at = 0; at < assignment.length; at++) {
      const index = places[assignment[at] as number] as number;
      assignment[at] = index;
      if (index >= 0) counts[index] = (counts[index] as number) + 1;
    }
    const patterns = known.map(({ id, template, example, firstLine }, index) => ({
      id,
      template,
      count: counts[index] as number,
      example,
      firstLine,
    }));
    return { patterns, assignment };
  }
}

/** Finds the templates of `lines`. */
export function minePatterns(lines: Iterable<string>): MinedPatterns {
  const miner = new BatchMiner();
  for (const line of lines) miner.add(line);
  return miner.finish();
}
