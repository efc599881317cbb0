/**
 * Lets what a program waits for go on in the order in which it ended, one at a time: after each,
 * the program runs until it waits again. So a replay takes the turns that the first run took,
 * whatever the program races.
 */
export class Turns {
  readonly #order: string[];
  readonly #asked = new Map<string, () => void>();
  readonly #onQuiet: () => void;
  #next = 0;
  #goes = false;

  /**
   * @param recorded positions that ended already, in their order
   * @param onQuiet called when the program has had its turn and nobody else may go on
   */
  constructor(recorded: readonly string[], onQuiet: () => void) {
    this.#order = [...recorded];
    this.#onQuiet = onQuiet;
  }

  /** The recorded position whose turn it is and for which nobody asked yet. */
  get unasked(): string | undefined {
    const at = this.#order[this.#next];
    return at === undefined || this.#asked.has(at) ? undefined : at;
  }

  /** Whether the program has gone on from all that ended, as far as it can. */
  get isQuiet(): boolean {
    return this.left === 0 && !this.#goes;
  }

  /** Positions that ended and have not had their turn. */
  get left(): number {
    return this.#order.length - this.#next;
  }

  /** Waits for the turn of a position that ended before this run of the program. */
  recorded(at: string): Promise<void> {
    return new Promise((go) => {
      this.#asked.set(at, go);
      this.#pump();
    });
  }

  /** Puts a position that has just ended at the end, and waits for its turn. */
  ended(at: string): Promise<void> {
    this.#order.push(at);
    return this.recorded(at);
  }

  #pump(): void {
    if (this.#goes) return;
    const at = this.#order[this.#next];
    const go = at === undefined ? undefined : this.#asked.get(at);
    if (at === undefined || go === undefined) return;
    this.#next++;
    this.#asked.delete(at);
    this.#goes = true;
    go();
    // Once all promises that follow from it have settled.
    setImmediate(() => {
      this.#goes = false;
      this.#pump();
      if (!this.#goes) this.#onQuiet();
    });
  }
}
