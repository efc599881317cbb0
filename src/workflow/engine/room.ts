import type { Want } from "./claims.ts";

/**
 * How the room of a worker is shared out: each workflow may have its share; what goes beyond leaves
 * some room for those that have none running, so that a flood of one does not starve another.
 */
export class Room {
  readonly #max: number;
  readonly #taken = new Map<string, number>();
  #all = 0;

  /** @param max runs in memory at once */
  constructor(max: number) {
    this.#max = max;
  }

  enter(workflow: string): void {
    this.#all++;
    this.#taken.set(workflow, this.of(workflow) + 1);
  }

  /** Whether the worker was full before. */
  leave(workflow: string): boolean {
    const left = this.of(workflow) - 1;
    if (left > 0) this.#taken.set(workflow, left);
    else this.#taken.delete(workflow);
    return this.#max - this.#all-- <= this.#reserve;
  }

  /** Runs of a workflow that are here. */
  of(workflow: string): number {
    return this.#taken.get(workflow) ?? 0;
  }

  get left(): number {
    return this.#max - this.#all;
  }

  get #reserve(): number {
    return Math.min(this.#max - 1, Math.ceil(this.#max / 10));
  }

  /** Runs of a workflow that may come. @param workflows how many there are */
  for(workflow: string, workflows: number): number {
    const isOver = this.of(workflow) >= Math.max(1, Math.floor(this.#max / workflows));
    return isOver ? this.left - this.#reserve : this.left;
  }

  /** Shares the room out among those who want it, those with the fewest runs first. */
  share(wants: readonly Omit<Want, "limit">[], workflows: number): Want[] {
    const shares: Want[] = [];
    const each = Math.max(1, Math.floor(this.left / Math.max(1, wants.length)));
    let { left } = this;
    const first = wants.toSorted((a, b) => this.of(a.workflow) - this.of(b.workflow));
    for (const want of first) {
      const limit = Math.min(each, left, this.for(want.workflow, workflows));
      if (limit <= 0) continue;
      shares.push({ ...want, limit });
      left -= limit;
    }
    return shares;
  }
}
