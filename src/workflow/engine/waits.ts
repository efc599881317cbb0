import type { Entry } from "./rows.ts";

/** A wait that is open in memory. */
export interface Wait {
  readonly at: string;
  readonly dueAtMs: number | undefined;
  /** @param answer what answered it; undefined when its time is over */
  readonly resolve: (answer: Entry | undefined) => void;
  readonly reject: (error: Error) => void;
}

interface Due {
  readonly dueAtMs: number;
  readonly wait: Wait;
}

/** The open waits of a run: by position, and by when their time is over. */
export class Waits {
  readonly #open = new Map<string, Wait>();
  /** A binary heap, the first due at its root; waits that are gone stay until they come up. */
  readonly #heap: Due[] = [];

  get size(): number {
    return this.#open.size;
  }

  add(wait: Wait): void {
    this.#open.set(wait.at, wait);
    if (wait.dueAtMs !== undefined) this.#push({ dueAtMs: wait.dueAtMs, wait });
  }

  /** Takes the wait at a position out. */
  take(at: string): Wait | undefined {
    const wait = this.#open.get(at);
    this.#open.delete(at);
    return wait;
  }

  /** Takes all of them out. */
  takeAll(): Wait[] {
    const all = [...this.#open.values()];
    this.#open.clear();
    this.#heap.length = 0;
    return all;
  }

  /** When the time of the first is over; undefined when none ends by itself. */
  get nextDueMs(): number | undefined {
    this.#drop();
    return this.#heap[0]?.dueAtMs;
  }

  /** Takes the next one out whose time is over. */
  takeDue(nowMs: number): Wait | undefined {
    this.#drop();
    const [first] = this.#heap;
    if (first === undefined || first.dueAtMs > nowMs) return undefined;
    this.#pop();
    this.#open.delete(first.wait.at);
    return first.wait;
  }

  #drop(): void {
    for (let [first] = this.#heap; first !== undefined; [first] = this.#heap) {
      if (this.#open.get(first.wait.at) === first.wait) return;
      this.#pop();
    }
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let index = heap.push(due) - 1;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above] as Due;
      if (parent.dueAtMs <= due.dueAtMs) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = due;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let below = index * 2 + 1;
      if (below >= heap.length) break;
      const right = heap[below + 1];
      if (right !== undefined && right.dueAtMs < (heap[below] as Due).dueAtMs) below++;
      const child = heap[below] as Due;
      if (child.dueAtMs >= last.dueAtMs) break;
      heap[index] = child;
      index = below;
    }
    heap[index] = last;
  }
}
