import type { HistoryEvent } from "../asl/index.ts";

/** Characters of one page, about: an answer of a run is bounded. */
const pageMax = 262_144;

/** The name under which a run answers with a page of its history. */
const pageName = (index: number): string => (index === 0 ? "history" : `history ${index}`);

/** A page of a run's history. */
interface Page {
  readonly events: readonly HistoryEvent[];
  /** Of pages that others follow. */
  readonly next?: string;
}

/** Payloads that make an event larger than a page are left out, and the event says so. */
function fitting(event: HistoryEvent): HistoryEvent {
  if (JSON.stringify(event).length <= pageMax * 2) return event;
  const short = Object.entries(event).map(([key, details]) => {
    if (!key.endsWith("EventDetails")) return [key, details];
    const kept = Object.entries(details as object).filter(
      ([name]) => !["input", "output", "parameters"].includes(name),
    );
    const marks = { inputDetails: { truncated: true }, outputDetails: { truncated: true } };
    const told = kept.map(([name, value]) => [name, marks[name as keyof typeof marks] ?? value]);
    return [key, Object.fromEntries(told) as object];
  });
  return Object.fromEntries(short) as HistoryEvent;
}

/** Puts events into pages, each of which the run answers with. */
export function historyPages(tell: (name: string, what: () => unknown) => void): {
  add(event: HistoryEvent): void;
} {
  let events: HistoryEvent[] = [];
  let characters = 0;
  let pages = 0;
  const begin = (): void => {
    const index = pages++;
    const own: HistoryEvent[] = (events = []);
    characters = 0;
    const next = (): { next?: string } => (pages > index + 1 ? { next: pageName(index + 1) } : {});
    tell(pageName(index), (): Page => ({ events: own.map(fitting), ...next() }));
  };
  begin();
  return {
    add(event) {
      if (characters > pageMax) begin();
      events.push(event);
      characters += JSON.stringify(event).length;
    },
  };
}

/**
 * The history of a run of a state machine in the shape of GetExecutionHistory, while it goes on and
 * after its end.
 * @param ask asks the run: `(name) => held.fulfilment.query(id, name)`
 */
export async function historyOf(ask: (name: string) => Promise<unknown>): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  for (let name: string | undefined = pageName(0); name !== undefined;) {
    const page: Page = (await ask(name)) as Page;
    events.push(...page.events);
    name = page.next;
  }
  return events;
}
