import { describe, expect, it } from "vitest";
import { memoryReader } from "../../testing/memory-reader.ts";
import { epochNs } from "../../testing/spans.ts";
import { jaegerApi, jaegerPrefix } from "./api.ts";
import type { JaegerTrace } from "./model.ts";
import { recordedAnswers, recordedTraces, sentSpans } from "./recorded.contract.ts";

const epochMs = Number(epochNs / 1_000_000n);
const range = `start=${(epochMs - 1000) * 1000}&end=${(epochMs + 5000) * 1000}`;

const api = jaegerApi({
  reader: memoryReader({ spans: [...sentSpans] }),
  clock: { now: () => epochMs + 60_000 },
});

async function ask(path: string): Promise<readonly [status: number, data: unknown]> {
  const url = `http://localhost${jaegerPrefix}${path.replace("RANGE", range)}`;
  const response = await api(new Request(url));
  const { data } = (await response.json()) as { data: unknown };
  return [response.status, data];
}

const textOf = (value: unknown): string => JSON.stringify(value);
const byText = (a: unknown, b: unknown): number => (textOf(a) < textOf(b) ? -1 : 1);

function withProcesses({ processes, spans, ...trace }: JaegerTrace): unknown {
  const shown = spans
    .map(({ processID, ...span }) => ({ ...span, process: processes[processID] }))
    .sort((a, b) => (a.spanID < b.spanID ? -1 : 1));
  return { ...trace, spans: shown };
}

describe("what Jaeger answered", () => {
  it.each(recordedAnswers)("%s", async (path, status, recorded) => {
    const [ownStatus, data] = await ask(path);
    expect(ownStatus).toBe(status);
    if (!Array.isArray(data) || !Array.isArray(recorded)) return expect(data).toEqual(recorded);
    const search = path.startsWith("traces") && status === 200;
    const own = search ? (data as JaegerTrace[]).map(({ traceID }) => traceID) : data;
    // The order of its lists comes from Go's maps.
    expect([...own].sort(byText)).toEqual([...recorded].sort(byText));
  });

  it.each(recordedTraces)("%s, to the last tag", async (path, recorded) => {
    const [, data] = await ask(path);
    expect(withProcesses((data as JaegerTrace[])[0] as JaegerTrace)).toEqual(recorded);
  });
});
