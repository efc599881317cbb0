/** What waits for its turn. */
export interface Waiting {
  readonly client: string;
  /** What it costs to serve, bytes. */
  readonly bytes: number;
}

interface Line<T> {
  readonly client: string;
  waiting: T[];
  /** Index of the first in `waiting`; what lies before it was taken. */
  head: number;
  /** What it may still take in this round, bytes. */
  deficit: number;
}

/** What a client may take in one round, bytes. */
const quantum = 64 * 1024;

/**
 * A line for each client, served in turn by what things cost (deficit round robin: Shreedhar and
 * Varghese, 1996): a client that sends ten times as much waits behind itself, not before the
 * others.
 */
export class FairQueue<T extends Waiting> {
  private readonly lines = new Map<string, Line<T>>();
  /** Lines that are not empty, in the order of their turn. */
  private readonly turn: Line<T>[] = [];
  private size = 0;

  /** Things that wait. */
  get length(): number {
    return this.size;
  }

  /** Clients that wait. */
  get clients(): number {
    return this.turn.length;
  }

  /** Puts one at the end of its client's line. */
  push(item: T): void {
    let line = this.lines.get(item.client);
    if (line === undefined) {
      line = { client: item.client, waiting: [], head: 0, deficit: 0 };
      this.lines.set(item.client, line);
      this.turn.push(line);
    }
    line.waiting.push(item);
    this.size++;
  }

  /** Takes the one whose turn it is. */
  next(): T | undefined {
    for (;;) {
      const line = this.turn[0];
      const item = line?.waiting[line.head];
      if (line === undefined || item === undefined) return undefined;
      if (line.deficit >= item.bytes) {
        line.deficit -= item.bytes;
        this.drop(line);
        return item;
      }
      // Whoever is alone gets what it needs at once; else a round for each, so that a large thing
      // waits as long as as many small ones would.
      if (this.turn.length === 1) line.deficit = item.bytes;
      else {
        line.deficit += quantum;
        this.turn.shift();
        this.turn.push(line);
      }
    }
  }

  /** Takes the first of a line out. */
  private drop(line: Line<T>): void {
    line.head++;
    this.size--;
    if (line.head === line.waiting.length) this.end(line);
    else if (line.head === 1_024) {
      line.waiting = line.waiting.slice(line.head);
      line.head = 0;
    }
  }

  /** Takes out everything that `expired` says. */
  sweep(expired: (item: T) => boolean): readonly T[] {
    const found: T[] = [];
    for (const line of this.lines.values()) {
      const kept: T[] = [];
      for (const item of line.waiting.slice(line.head)) {
        if (expired(item)) found.push(item);
        else kept.push(item);
      }
      line.waiting = kept;
      line.head = 0;
    }
    this.size -= found.length;
    const emptied = [...this.lines.values()].filter(({ waiting }) => waiting.length === 0);
    for (const line of emptied) this.end(line);
    return found;
  }

  private end(line: Line<T>): void {
    this.lines.delete(line.client);
    const at = this.turn.indexOf(line);
    if (at >= 0) this.turn.splice(at, 1);
  }
}

/**
 * Shares a budget of bytes: a client may hold as much as is free after it (the dynamic thresholds
 * of Choudhury and Hahne, 1998). One that fills up gets half at most, and there is always room for
 * another.
 */
export class Budget {
  readonly total: number;
  private held = 0;
  private readonly byClient = new Map<string, number>();

  constructor(total: number) {
    this.total = total;
  }

  /** Bytes that are held by all. */
  get used(): number {
    return this.held;
  }

  /** Bytes that `client` holds. */
  of(client: string): number {
    return this.byClient.get(client) ?? 0;
  }

  /** Whether `client` may hold `bytes` more. */
  fits(client: string, bytes: number): boolean {
    return this.of(client) + bytes <= this.total - this.held;
  }

  /** Takes bytes; {@link Budget.fits} was asked before. */
  take(client: string, bytes: number): void {
    this.held += bytes;
    this.byClient.set(client, this.of(client) + bytes);
  }

  /** Gives bytes back. */
  give(client: string, bytes: number): void {
    this.held -= bytes;
    const rest = this.of(client) - bytes;
    if (rest <= 0) this.byClient.delete(client);
    else this.byClient.set(client, rest);
  }
}
