/** The only place where the page reads the time and waits; tests hand in a clock of their own. */
export interface PageClock {
  nowMs(): number;
  /** Runs once after a while; the answer cancels it. */
  after(delayMs: number, run: () => void): () => void;
  /** Runs again and again; the answer ends it. */
  every(periodMs: number, run: () => void): () => void;
}

export const browserClock: PageClock = {
  nowMs: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
  every(periodMs, run) {
    const timer = setInterval(run, periodMs);
    return () => clearInterval(timer);
  },
};
