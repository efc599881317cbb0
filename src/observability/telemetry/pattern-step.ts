import type { Clock } from "../../core/clock.ts";
import { ColumnWriter } from "../signals/columns.ts";
import type { BatchWriter } from "../signals/batch.ts";
import { replaceColumn, Texts } from "../ingest/texts.ts";
import { Miner, restoreMiner } from "../logs/patterns/index.ts";
import type { FoundPattern } from "../logs/pattern-book.ts";

/** Mines the patterns of log lines as they come in, in a share of the thread's time. */
export interface PatternStep {
  /** Writes the pattern of each line of a batch into it. */
  step(batch: BatchWriter): void;
  /** Patterns that were found or became more general since the last call. */
  news(): readonly FoundPattern[];
  /** Patterns that were told and turned out to be others, since the last call. */
  merged(): readonly { readonly id: string; readonly into: string }[];
  snapshot(): string;
  /** Lines that got no pattern, since there was no time. */
  readonly skipped: number;
}

/** The time that is shared out, milliseconds. */
const periodMs = 1000;
/** Characters of a line that are looked at. */
const lineCharsMax = 4096;
/** Lines between two looks at the clock. */
const strideLines = 64;

/** Makes the step; `saved` is what a miner before it wrote. */
export function patternStep(clock: Clock, share: number, saved: string | undefined): PatternStep {
  const miner = saved === undefined ? new Miner() : restoreMiner(saved);
  const told = new Map<string, number>();
  const news = new Map<string, FoundPattern>();
  let periodStart = clock.monotonic();
  let usedMs = 0;
  let skipped = 0;
  const match = (line: string): string => {
    const { id, template, version, isNew } = miner.match(line.slice(0, lineCharsMax));
    if (told.get(id) !== version) {
      told.set(id, version);
      const known = news.get(id);
      news.set(id, { id, template, version, isNew: isNew || known?.isNew === true });
    }
    return id;
  };
  return {
    step({ logs }) {
      const { body, pattern } = logs.columns;
      if (logs.rows === 0 || body === undefined || pattern === undefined) return;
      let nowMs = clock.monotonic();
      if (nowMs - periodStart > periodMs) {
        periodStart = nowMs;
        usedMs = 0;
      }
      const made = new ColumnWriter("text");
      const texts = new Texts(body.data);
      const budgetMs = share * periodMs;
      let at = 0;
      for (; texts.more; at++) {
        texts.next();
        if (at % strideLines === 0) {
          const then = nowMs;
          nowMs = clock.monotonic();
          usedMs += nowMs - then;
        }
        if (usedMs >= budgetMs) {
          skipped++;
          made.text("");
        } else made.text(match(texts.text()));
      }
      usedMs += clock.monotonic() - nowMs;
      replaceColumn(pattern, made);
    },
    news() {
      const list = [...news.values()];
      news.clear();
      return list;
    },
    merged() {
      const list: { id: string; into: string }[] = [];
      for (const id of told.keys()) {
        const into = miner.resolve(id);
        if (into === id) continue;
        list.push({ id, into });
        told.delete(id);
      }
      return list;
    },
    snapshot: () => miner.snapshot(),
    get skipped() {
      return skipped;
    },
  };
}
