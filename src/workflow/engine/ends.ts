import type { Cancel } from "../../core/clock.ts";
import { coreErrors } from "../../core/errors.ts";
import type { Store } from "../../core/store.ts";
import { workflowErrors } from "./errors.ts";
import { decodeError } from "./failure.ts";
import type { Records } from "./records.ts";
import type { Ending, RunRow } from "./rows.ts";
import { endChannel } from "./script.ts";
import { decodeValue } from "./value.ts";

/** How a run ended, where that is known without the journal. */
type Hear = (ended?: Ended) => void;
type Ended = Pick<RunRow, "id" | "status" | "output" | "error">;

/** Those who wait for runs to end. */
export class Ends {
  readonly #records: Records;
  readonly #isHere: (id: string) => boolean;
  readonly #waiting = new Map<string, Set<Hear>>();
  readonly #listening: Cancel;
  #looking = false;
  #again = false;

  /** @param isHere whether a run is in memory here, and its end is told by `left` */
  constructor(records: Records, store: Store, isHere: (id: string) => boolean) {
    this.#records = records;
    this.#isHere = isHere;
    this.#listening = store.listen(endChannel, () => void this.#look());
  }

  /** Waits for the result of a run, or of the chain that it is of. */
  async result(id: string): Promise<unknown> {
    for (let of = id; ;) {
      let heard: Hear = () => {};
      const end = new Promise<Ended | undefined>((resolve) => (heard = resolve));
      const waiting = this.#waiting.get(of) ?? new Set();
      this.#waiting.set(of, waiting.add(heard));
      try {
        // The journal need not be asked of a run that is here: it is heard of when it leaves.
        const ended = this.#isHere(of) ? await end : undefined;
        if (ended !== undefined) return outcomeOf(ended);
        const row = await this.#records.current(of);
        if (row === undefined) throw coreErrors.MOR_NOT_FOUND(`there is no run ${id}`);
        if (row.endedAtMs !== undefined) return outcomeOf(row);
        if (row.id !== of) of = row.id;
        else if (!this.#isHere(of)) await end;
      } finally {
        waiting.delete(heard);
        if (waiting.size === 0) this.#waiting.delete(of);
      }
    }
  }

  /** Tells those who wait for a run, or for its chain, that it is here no more. */
  left({ id, chain }: RunRow, ending: Ending | undefined): void {
    const ended = ending && { output: undefined, error: undefined, ...ending, id };
    for (const heard of this.#waiting.get(id) ?? []) heard(ended);
    for (const heard of this.#waiting.get(chain ?? "") ?? []) heard(ended);
  }

  #wake(ids: Iterable<string>): void {
    for (const id of ids) {
      for (const heard of this.#waiting.get(id) ?? []) heard();
    }
  }

  /** Asks once for all who wait, however many runs ended. */
  async #look(): Promise<void> {
    this.#again = true;
    if (this.#looking) return;
    this.#looking = true;
    try {
      while (this.#again) {
        this.#again = false;
        const ids = [...this.#waiting.keys()].filter((id) => !this.#isHere(id));
        this.#wake(await this.#records.ended(ids));
      }
    } catch {
      // The journal cannot be read: those who wait ask themselves, and get the error.
      this.#wake(this.#waiting.keys());
    } finally {
      this.#looking = false;
    }
  }

  close(): void {
    this.#listening();
  }
}

function outcomeOf({ id, status, output, error }: Ended): unknown {
  if (status === "completed") return decodeValue(output ?? "");
  const cause = error === undefined ? undefined : decodeError(error);
  if (status === "terminated") throw cause ?? new Error("terminated");
  if (status === "cancelled") {
    throw workflowErrors.MOR_WORKFLOW_CANCELLED(`run ${id} was cancelled`, { cause });
  }
  throw workflowErrors.MOR_WORKFLOW_FAILED(`run ${id} ${status}: ${cause?.message ?? ""}`, {
    cause,
  });
}
