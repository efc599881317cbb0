import { workflowErrors } from "./errors.ts";
import type { Entry, EntryKind } from "./rows.ts";

/** How much one run may record. */
export interface HistoryLimits {
  readonly entriesMax: number;
  readonly historyBytesMax: number;
}

/** What a run recorded, by position; values that its program has seen are not kept. */
export class History {
  /** Positions that ended before this life of the run, in their order. */
  readonly ended: readonly string[];
  /** The last place that was given. */
  readonly lastPlace: number;
  readonly #run: string;
  readonly #entries: Map<string, Entry>;
  /** Positions that ended, and for which the program has not asked. */
  readonly #unseen: Set<string>;
  #bytes = 0;

  constructor(run: string, entries: readonly Entry[]) {
    this.#run = run;
    this.#entries = new Map(entries.map((entry) => [entry.at, entry]));
    const ended = entries.filter(({ place }) => place > 0).sort((a, b) => a.place - b.place);
    this.ended = ended.map(({ at }) => at);
    this.lastPlace = ended.at(-1)?.place ?? 0;
    this.#unseen = new Set(this.ended);
    for (const { value } of entries) this.#bytes += value.length;
  }

  get(at: string): Entry | undefined {
    return this.#entries.get(at);
  }

  /** Keeps an entry that has not ended. */
  open(entry: Entry): void {
    this.#entries.set(entry.at, entry);
  }

  /** Keeps that an entry ended; its value goes to the program. */
  end(entry: Entry): void {
    this.#bytes += entry.value.length;
    this.#entries.set(entry.at, { ...entry, value: "" });
  }

  /** The program asks for what ended. */
  see(entry: Entry): void {
    this.#unseen.delete(entry.at);
    this.#entries.set(entry.at, { ...entry, value: "" });
  }

  /** Whether the program has not yet asked for all that ended. */
  get isUnseen(): boolean {
    return this.#unseen.size > 0;
  }

  /** What ended, and the program did not ask for. */
  get missed(): Entry | undefined {
    const [at] = this.#unseen;
    return at === undefined ? undefined : this.#entries.get(at);
  }

  forget(): void {
    this.#unseen.clear();
  }

  /** How an entry differs from what the program asks for; undefined when it does not. */
  difference(entry: Entry, kind: EntryKind, name: string): Error | undefined {
    if (entry.kind === kind && entry.name === name) return undefined;
    return this.differs(entry, `the program asked for ${kind} ${name}`);
  }

  differs({ at, kind, name }: Entry, instead: string): Error {
    return workflowErrors.MOR_WORKFLOW_NOT_DETERMINISTIC(
      `run ${this.#run}: the journal has ${kind} ${name} at ${at}, but ${instead}`,
      { details: { at, kind, name } },
    );
  }

  /** @throws MOR_WORKFLOW_HISTORY_FULL */
  assertRoom({ entriesMax, historyBytesMax }: HistoryLimits): void {
    const { size } = this.#entries;
    if (size < entriesMax && this.#bytes < historyBytesMax) return;
    throw workflowErrors.MOR_WORKFLOW_HISTORY_FULL(
      `run ${this.#run} has ${size} entries of ${this.#bytes} characters; it may have ` +
        `${entriesMax} of ${historyBytesMax}: go on by continueAsNew before that`,
    );
  }
}
