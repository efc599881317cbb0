import { describe, expect, it } from "vitest";
import type { Part } from "../../../api/overview.ts";
import { healthOf, highest, listed, rowsOf, summaryOf, traceOf, type QueueData } from "./data.ts";

function queueOf(
  name: string,
  role: QueueData["role"],
  {
    deadLetters,
    letters,
    ...stats
  }: Partial<QueueData["stats"]> & {
    deadLetters?: string;
    letters?: number;
  } = {},
): QueueData {
  return {
    name,
    role,
    description: "",
    spec: {
      name,
      fifo: false,
      visibilityMs: 30_000,
      delayMs: 0,
      retentionMs: 86_400_000,
      contentDeduplication: false,
      deduplicationScope: "queue",
      ...(deadLetters === undefined ? {} : { deadLetters }),
    },
    stats: { visible: 0, inFlight: 0, delayed: 0, oldestMs: 0, ...stats },
    ...(letters === undefined ? {} : { deadLetters: letters }),
  };
}

const mail = queueOf("mail", "declared", {
  visible: 3,
  inFlight: 2,
  deadLetters: "mail.dead",
  letters: 0,
});
const part: Part = {
  id: "queue/mail",
  kind: "queue",
  name: "mail",
  health: "failing",
  ratePerSecond: 4,
  errorRate: 0.9,
};
const paid = "subscription.users.paid";
const queues = [
  mail,
  queueOf("mail.dead", "dead"),
  queueOf(paid, "internal", { deadLetters: `${paid}.dead`, letters: 2, delayed: 1 }),
  queueOf(`${paid}.dead`, "dead", { visible: 2 }),
  queueOf("schedule.nightly", "internal"),
];
const rows = rowsOf(queues, [part]);
const names = (filter: Parameters<typeof listed>[1]): string =>
  listed(rows, filter)
    .map(({ queue }) => queue.name)
    .join(" ");

describe("the list of queues", () => {
  it("shows work, and of the platform's own queues those that need a look", () => {
    expect(names({})).toBe(`mail ${paid} ${paid}.dead`);
    expect(names({ all: true })).toBe(queues.map(({ name }) => name).join(" "));
  });

  it("shows all of a purpose that is asked for, and what has the words", () => {
    expect(names({ purpose: "dead" })).toBe(`mail.dead ${paid}.dead`);
    expect(names({ purpose: "schedule" })).toBe("schedule.nightly");
    expect(names({ q: "MAIL", all: true })).toBe("mail mail.dead");
  });

  it("sums up with dead letters counted once", () => {
    expect(summaryOf(rows)).toEqual({
      queues: 3,
      failing: 1,
      warning: 1,
      waiting: 4,
      inFlight: 2,
      deadLetters: 2,
    });
  });

  it("judges by the overview, or by age and dead letters", () => {
    expect(healthOf(mail, part)).toBe("failing");
    expect(healthOf(mail, undefined)).toBe("ok");
    expect(healthOf(queueOf("late", "internal", { oldestMs: 60_001 }), undefined)).toBe("warning");
  });

  it("picks the highest by the first figure that differs, in their order", () => {
    const peaks: Readonly<Record<string, readonly number[]>> = {
      a: [0, 1],
      b: [5, 0],
      c: [0, 9],
    };
    expect(highest(["a", "b", "c"], 2, (name) => peaks[name] ?? [])).toEqual(["b", "c"]);
  });

  it("reads the trace of a traceparent, and of nothing else", () => {
    const trace = "0af7651916cd43dd8448eb211c80319c";
    expect(traceOf(`00-${trace}-b7ad6b7169203331-01`)).toBe(trace);
    expect(traceOf("00-xyz-b7-01")).toBeUndefined();
    expect(traceOf(undefined)).toBeUndefined();
  });
});
