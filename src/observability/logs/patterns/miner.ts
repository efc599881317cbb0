import { partition } from "./partition.ts";
import { LineScanner, wildcard } from "./tokens.ts";
import type { Pattern, Shape } from "./pattern.ts";
import { matchesTemplate, patternId, skeletonKey, valuesOf } from "./pattern.ts";

/** Limits of a miner; what is left out is the default. */
export interface MinerOptions {
  /** Patterns kept; beyond, the one that was not seen for longest is forgotten. 10,000. */
  readonly patternsMax?: number;
  /** Shapes (masked lines) kept as evidence, 100 to 100,000. 4,000. */
  readonly shapesMax?: number;
  /** Lines after which a pattern may be called new, at the earliest. 1,000. */
  readonly warmUpLines?: number;
  /** Whether to look for templates while lines come in; off, `settle` does it once. True. */
  readonly onLine?: boolean;
}

/** What a line belongs to. */
export interface Match {
  /** 16 hex digits; stays when the template becomes more general. */
  readonly id: string;
  /** The template: values are `<*>`. */
  readonly template: string;
  /** 1, and one more each time that the template changed. */
  readonly version: number;
  /** Whether this line is the first of a kind that appeared after the warm-up. */
  readonly isNew: boolean;
  /** What stands in the line where the template has `<*>`, in order. */
  parameters(): readonly string[];
}

/** A pattern with how often it was seen. */
export interface PatternCount {
  readonly id: string;
  readonly template: string;
  readonly version: number;
  readonly count: number;
  /** The first line seen of it. */
  readonly example: string;
  /** Index of the first line, counted from 0 over the miner's life. */
  readonly firstLine: number;
  /** Ids under which lines of it were reported before they turned out to be one pattern. */
  readonly aliases: readonly string[];
}

const defaults = { patternsMax: 10_000, shapesMax: 4000, warmUpLines: 1000, onLine: true };
/** Shapes kept of one pattern: enough to prove any place a value's. */
const shapesOfPattern = 32;
/** Lines looked up by their text alone. */
const cacheMax = 20_000;
/** Ids kept of patterns that became others. */
const aliasesMax = 50_000;
const exampleCharsMax = 1000;
/** Share of the last lines that may have begun a pattern while the warm-up ends. */
const calmShare = 0.01;

/** Finds the templates of log lines as they come. */
export class Miner {
  readonly #options: Required<MinerOptions>;
  readonly #scanner = new LineScanner();
  readonly #shapes = new Map<string, Shape>();
  /** Oldest use first. */
  readonly #patterns = new Map<string, Pattern>();
  readonly #cache = new Map<string, Pattern>();
  /** Patterns with words that vary, by count of tokens and first token. */
  #index = new Map<string, Pattern[]>();
  #skeletons = new Set<string>();
  #aliases = new Map<string, string>();
  #lines = 0;
  /** Shapes since templates were last looked for. */
  #fresh = 0;
  /** Decaying share of lines that began a pattern. */
  #novelty = 1;
  #warm = false;

  constructor(options: MinerOptions = {}) {
    this.#options = { ...defaults, ...options };
  }

  /** Lines seen. */
  get lines(): number {
    return this.#lines;
  }

  /** Finds the pattern of a line, and learns from it. */
  match(line: string): Match {
    const { pattern, isNew } = this.#take(line);
    const { id, template, version } = pattern;
    return { id, template, version, isNew, parameters: () => valuesOf(template, line) };
  }

  /** Like `match`, without what a caller in a loop does not need. */
  patternOf(line: string): Pattern {
    return this.#take(line).pattern;
  }

  #take(line: string): { readonly pattern: Pattern; readonly isNew: boolean } {
    const tokens = this.#scanner.scan(line);
    const key = tokens.join("");
    const firstLine = this.#lines++;
    this.#novelty *= 1 - 1 / 500;
    const shape = this.#shapes.get(key);
    let pattern = shape?.pattern ?? this.#cache.get(key);
    let isNew = false;
    if (pattern === undefined) {
      pattern = this.#search(tokens);
      if (pattern === undefined) {
        pattern = this.#begin(tokens, key, line, firstLine);
        isNew = this.#judgeNew(tokens);
        this.#novelty += 1 / 500;
      }
      this.#keep(key, tokens, pattern);
      if (this.#options.onLine && this.#fresh >= this.#patience()) {
        this.settle();
        pattern = this.#shapes.get(key)?.pattern ?? this.#current(pattern);
      }
    } else if (shape !== undefined) shape.lines++;
    pattern.lines++;
    pattern.seen = this.#lines;
    return { pattern, isNew: isNew && pattern.lines === 1 };
  }

  #current(pattern: Pattern): Pattern {
    return this.#patterns.get(this.resolve(pattern.id)) ?? pattern;
  }

  /** How many unknown shapes are waited for: few at first, then a share of what is known. */
  #patience(): number {
    return Math.max(8, this.#shapes.size >> 2);
  }

  #judgeNew(tokens: readonly string[]): boolean {
    const skeleton = skeletonKey(tokens);
    const known = this.#skeletons.has(skeleton);
    this.#skeletons.add(skeleton);
    if (!this.#warm) {
      this.#warm = this.#lines > this.#options.warmUpLines && this.#novelty < calmShare;
    }
    return this.#warm && !known;
  }

  #search(tokens: readonly string[]): Pattern | undefined {
    const first = tokens[0] ?? "";
    for (const head of first === wildcard ? [wildcard] : [first, wildcard]) {
      for (const pattern of this.#index.get(`${tokens.length} ${head}`) ?? []) {
        if (matchesTemplate(pattern.wide, tokens)) return pattern;
      }
    }
    return undefined;
  }

  /** A pattern of this line alone; one that began with the same line goes on. */
  #begin(tokens: readonly string[], key: string, line: string, firstLine: number): Pattern {
    const id = patternId(key);
    const known = this.#patterns.get(this.resolve(id));
    if (known !== undefined) return known;
    if (this.#patterns.size >= this.#options.patternsMax) this.#forget();
    const pattern: Pattern = {
      id,
      tokens,
      wide: tokens,
      template: key,
      version: 1,
      lines: 0,
      shapes: 0,
      example: line.slice(0, exampleCharsMax),
      firstLine,
      seen: this.#lines,
    };
    this.#patterns.set(pattern.id, pattern);
    return pattern;
  }

  #keep(key: string, tokens: readonly string[], pattern: Pattern): void {
    if (pattern.shapes >= shapesOfPattern) {
      if (this.#cache.size >= cacheMax) this.#cache.clear();
      this.#cache.set(key, pattern);
      return;
    }
    if (this.#shapes.size >= this.#options.shapesMax) this.#thin();
    this.#shapes.set(key, { tokens, lines: 1, pattern });
    pattern.shapes++;
    this.#fresh++;
  }

  /** Makes room: of each pattern with many shapes, those seen least go; then the oldest. */
  #thin(): void {
    if (this.#fresh > 0) this.settle();
    const target = this.#options.shapesMax * 0.75;
    const rare = [...this.#shapes].sort(([, one], [, other]) => one.lines - other.lines);
    for (const [key, shape] of rare) {
      if (this.#shapes.size <= target) return;
      this.#shapes.delete(key);
      shape.pattern.shapes--;
      this.#cache.set(key, shape.pattern);
    }
  }

  /** Forgets the tenth of the patterns that was not seen for longest. */
  #forget(): void {
    const stale = [...this.#patterns.values()].sort((one, other) => one.seen - other.seen);
    const gone = new Set(stale.slice(0, Math.max(1, stale.length / 10)));
    for (const pattern of gone) this.#patterns.delete(pattern.id);
    for (const [key, { pattern }] of this.#shapes) if (gone.has(pattern)) this.#shapes.delete(key);
    this.#cache.clear();
    this.#reindex();
  }

  /** Looks for templates among all shapes now. On line this happens by itself. */
  settle(): void {
    this.#fresh = 0;
    this.#cache.clear();
    const taken = new Set<Pattern>();
    const groups = [...partition([...this.#shapes.values()])].sort(
      (one, other) => other.shapes.length - one.shapes.length,
    );
    const merges: [Pattern, Pattern][] = [];
    for (const { tokens, shapes } of groups) {
      const home = this.#homeOf(shapes, taken);
      taken.add(home);
      const template = tokens.join("");
      if (template !== home.template) {
        home.tokens = tokens;
        home.template = template;
        home.version++;
      }
      home.wide = wideOf(shapes);
      home.shapes = shapes.length;
      for (const shape of shapes) {
        if (shape.pattern !== home) merges.push([shape.pattern, home]);
        shape.pattern = home;
      }
    }
    for (const [from, to] of merges) if (!taken.has(from)) this.#merge(from, to);
    this.#reindex();
  }

  /** The pattern that a group goes on under: that of most of its lines, else a new one. */
  #homeOf(shapes: readonly Shape[], taken: ReadonlySet<Pattern>): Pattern {
    let home: Pattern | undefined;
    for (const { pattern } of shapes) {
      if (taken.has(pattern) || pattern === home) continue;
      const better =
        home === undefined ||
        pattern.lines > home.lines ||
        (pattern.lines === home.lines && pattern.firstLine < home.firstLine);
      if (better) home = pattern;
    }
    if (home !== undefined) return home;
    // Its pattern fell apart: a part that another group does not carry on begins again.
    const [first] = shapes as [Shape];
    const key = first.tokens.join("");
    const pattern: Pattern = {
      ...first.pattern,
      id: patternId(`${key} ${first.pattern.id}`),
      template: key,
      tokens: first.tokens,
      version: 1,
      lines: shapes.reduce((sum, { lines }) => sum + lines, 0),
    };
    first.pattern.lines = Math.max(0, first.pattern.lines - pattern.lines);
    this.#patterns.set(pattern.id, pattern);
    return pattern;
  }

  #merge(from: Pattern, to: Pattern): void {
    if (!this.#patterns.delete(from.id)) return;
    to.lines += from.lines;
    if (from.firstLine < to.firstLine) {
      to.firstLine = from.firstLine;
      to.example = from.example;
    }
    if (this.#aliases.size >= Math.max(aliasesMax, 4 * this.#options.shapesMax)) {
      const [oldest] = this.#aliases.keys();
      this.#aliases.delete(oldest as string);
    }
    this.#aliases.set(from.id, to.id);
  }

  #reindex(): void {
    this.#index = new Map();
    for (const pattern of this.#patterns.values()) {
      if (pattern.shapes < 2) continue;
      const key = `${pattern.wide.length} ${pattern.wide[0] ?? ""}`;
      const list = this.#index.get(key);
      if (list === undefined) this.#index.set(key, [pattern]);
      else list.push(pattern);
    }
  }

  /** The id that stands for `id` now: another where its pattern became part of one. */
  resolve(id: string): string {
    let now = id;
    for (let next = this.#aliases.get(now); next !== undefined; next = this.#aliases.get(now)) {
      now = next;
    }
    return now;
  }

  /** All patterns, most frequent first. */
  patterns(): readonly PatternCount[] {
    const aliases = new Map<string, string[]>();
    for (const old of this.#aliases.keys()) {
      const id = this.resolve(old);
      const list = aliases.get(id);
      if (list === undefined) aliases.set(id, [old]);
      else list.push(old);
    }
    return [...this.#patterns.values()]
      .sort((one, other) => other.lines - one.lines || one.firstLine - other.firstLine)
      .map(({ id, template, version, lines: count, example, firstLine }) => ({
        id,
        template,
        version,
        count,
        example,
        firstLine,
        aliases: aliases.get(id) ?? [],
      }));
  }

  /** Everything that is known, as JSON: {@link restoreMiner} goes on from it. */
  snapshot(): string {
    const patterns = [...this.#patterns.values()];
    const at = new Map(patterns.map((pattern, index) => [pattern, index]));
    return JSON.stringify({
      version: snapshotVersion,
      lines: this.#lines,
      warm: this.#warm,
      novelty: this.#novelty,
      patterns,
      shapes: [...this.#shapes.values()].map(({ tokens, lines, pattern }) => [
        at.get(pattern),
        lines,
        tokens,
      ]),
      aliases: [...this.#aliases],
    });
  }

  /** Takes over what {@link snapshot} wrote. */
  load(text: string): void {
    const saved = JSON.parse(text) as Saved;
    if (saved.version !== snapshotVersion) return;
    this.#lines = saved.lines;
    this.#warm = saved.warm;
    this.#novelty = saved.novelty;
    this.#aliases = new Map(saved.aliases);
    for (const pattern of saved.patterns) {
      this.#patterns.set(pattern.id, pattern);
      this.#skeletons.add(skeletonKey(pattern.tokens));
    }
    for (const [index, lines, tokens] of saved.shapes) {
      const pattern = saved.patterns[index];
      if (pattern === undefined) continue;
      this.#shapes.set(tokens.join(""), { tokens, lines, pattern });
      this.#skeletons.add(skeletonKey(tokens));
    }
    this.#reindex();
  }
}

const snapshotVersion = 1;

interface Saved {
  readonly version: number;
  readonly lines: number;
  readonly warm: boolean;
  readonly novelty: number;
  readonly patterns: readonly Pattern[];
  readonly shapes: readonly (readonly [number, number, readonly string[]])[];
  readonly aliases: readonly (readonly [string, string])[];
}

/** The template of shapes of one length, before wildcards beside each other become one. */
function wideOf(shapes: readonly Shape[]): readonly string[] {
  const [first] = shapes as [Shape];
  const same = shapes.filter(({ tokens }) => tokens.length === first.tokens.length);
  return first.tokens.map((token, at) => {
    if (same.every(({ tokens }) => tokens[at] === token)) return token;
    return token.startsWith(" ") ? ` ${wildcard}` : wildcard;
  });
}

/** A miner for lines that come one by one. */
export function makeMiner(options?: MinerOptions): Miner {
  return new Miner(options);
}

/** A miner that goes on where the one that wrote `snapshot` was; ids stay. */
export function restoreMiner(snapshot: string, options?: MinerOptions): Miner {
  const miner = new Miner(options);
  miner.load(snapshot);
  return miner;
}
