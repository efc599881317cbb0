import type { Want } from "./claims.ts";
import type { Program } from "./program.ts";

/** The programs of an engine: several versions of one workflow stand beside each other. */
export class Programs {
  readonly #versions = new Map<string, Map<string, Program>>();
  readonly #newest = new Map<string, Program>();

  /** Adds a program; the last of its name is the one that new runs are started with. */
  add(program: Program): void {
    const versions = this.#versions.get(program.name) ?? new Map<string, Program>();
    this.#versions.set(program.name, versions.set(program.version, program));
    this.#newest.set(program.name, program);
  }

  get size(): number {
    return this.#newest.size;
  }

  newest(name: string): Program | undefined {
    return this.#newest.get(name);
  }

  find(name: string, version: string): Program | undefined {
    return this.#versions.get(name)?.get(version);
  }

  /** What can be run here. */
  get wants(): Omit<Want, "limit">[] {
    const wants: Omit<Want, "limit">[] = [];
    for (const [workflow, versions] of this.#versions) {
      for (const { version, concurrency } of versions.values()) {
        wants.push({ workflow, version, asked: version, concurrency });
      }
      const newest = this.#newest.get(workflow);
      if (newest === undefined) continue;
      const { version, concurrency } = newest;
      wants.push({ workflow, version, asked: "", concurrency });
    }
    return wants;
  }
}
