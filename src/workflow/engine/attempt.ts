import type { StepCall } from "./program.ts";

/** One attempt of a step; its abort signal is made for those alone who look at it. */
export class Attempt implements StepCall {
  readonly attempt: number;
  readonly key: string;
  readonly aborted: Promise<never>;
  #fail: (reason: Error) => void = () => {};
  #reason: Error | undefined;
  #controller: AbortController | undefined;

  constructor(attempt: number, key: string) {
    this.attempt = attempt;
    this.key = key;
    this.aborted = new Promise((_, fail) => (this.#fail = fail));
    this.aborted.catch(() => {});
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  abort(reason: Error): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
    this.#fail(reason);
  }
}
