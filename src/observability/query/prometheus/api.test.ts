import { describe, expect, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { memoryReader } from "../../testing/memory-reader.ts";
import { epochNs, point } from "../../testing/spans.ts";
import { prometheusApi, prometheusPrefix } from "./api.ts";

const at = Number(epochNs / 1_000_000_000n);

const points = [0, 1, 2].flatMap((n) => [
  point("temperature", n * 15_000, 20.5 + n, {
    unit: "Cel",
    description: "How warm it is",
    attributes: { room: "a" },
  }),
  point("visits", n * 15_000, n * 3, { kind: 1, monotonic: true, temporality: "cumulative" }),
]);

const api = prometheusApi({
  reader: memoryReader({ points }),
  clock: { now: () => at * 1000 + 31_000, monotonic: () => systemClock.monotonic() },
});

async function ask(path: string, init?: RequestInit): Promise<{ status: number; body: unknown }> {
  const response = await api(new Request(`http://localhost${prometheusPrefix}${path}`, init));
  expect(response.headers.get("content-type")).toBe("application/json");
  return { status: response.status, body: await response.json() };
}

const post = (form: Record<string, string>): RequestInit => ({
  method: "POST",
  body: new URLSearchParams(form),
});

describe("Prometheus' API", () => {
  it("answers instants, of each type", async () => {
    expect(
      await ask("query", post({ query: "temperature_celsius", time: String(at + 30.5) })),
    ).toEqual({
      status: 200,
      body: {
        status: "success",
        data: {
          resultType: "vector",
          result: [
            {
              metric: { room: "a", job: "shop", __name__: "temperature_celsius" },
              value: [at + 30.5, "22.5"],
            },
          ],
        },
      },
    });
    expect(await ask(`query?query=1%2B1&time=2026-01-01T00:00:10Z`)).toMatchObject({
      body: { data: { resultType: "scalar", result: [at + 10, "2"] } },
    });
    expect(await ask(`query?query=${encodeURIComponent('"x"')}&time=5`)).toMatchObject({
      body: { data: { resultType: "string", result: [5, "x"] } },
    });
    expect(
      await ask(`query?query=${encodeURIComponent("visits_total[20s]")}&time=${at + 31}`),
    ).toMatchObject({
      body: {
        data: {
          resultType: "matrix",
          result: [
            {
              values: [
                [at + 15, "3"],
                [at + 30, "6"],
              ],
            },
          ],
        },
      },
    });
  });

  it("answers ranges", async () => {
    const query = `query_range?query=visits_total&start=${at}&end=${at + 30}&step=15s`;
    expect(await ask(query)).toMatchObject({
      body: {
        data: {
          resultType: "matrix",
          result: [
            {
              values: [
                [at, "0"],
                [at + 15, "3"],
                [at + 30, "6"],
              ],
            },
          ],
        },
      },
    });
  });

  it("answers what Grafana asks beside", async () => {
    expect(await ask("labels")).toMatchObject({ body: { data: ["__name__", "job", "room"] } });
    expect(await ask("label/__name__/values")).toMatchObject({
      body: { data: ["temperature_celsius", "visits_total"] },
    });
    expect(await ask("metadata?metric=temperature_celsius")).toMatchObject({
      body: {
        data: { temperature_celsius: [{ type: "gauge", help: "How warm it is", unit: "Cel" }] },
      },
    });
    expect(await ask("status/buildinfo")).toMatchObject({ body: { data: { version: "3.0.0" } } });
    expect(await ask("rules")).toMatchObject({ body: { data: { groups: [] } } });
    expect(
      await ask("series?match[]=visits_total&match[]=temperature_celsius&limit=1"),
    ).toMatchObject({ body: { data: { length: 1 } } });
  });

  it.each([
    ["query?query=rate(", 400, "bad_data"],
    ["query?query=", 400, "bad_data"],
    ["query?query=up&time=yesterday", 400, "bad_data"],
    ["query_range?query=up&start=5&end=1&step=1", 400, "bad_data"],
    ["query_range?query=up&start=1&end=5&step=0", 400, "bad_data"],
    ["query_range?query=up&start=1&end=5", 400, "bad_data"],
    ["query_range?query=up&end=5&step=1", 400, "bad_data"],
    ["query_range?query=up&start=1&end=99999&step=1", 400, "bad_data"],
    ["query?query=up&timeout=x", 400, "bad_data"],
    ["series", 400, "bad_data"],
    ["series?match[]=rate(x[5m])", 400, "bad_data"],
    ["label/9/values", 400, "bad_data"],
    ["nothing", 404, "not_found"],
  ])("refuses %s", async (path, status, errorType) => {
    expect(await ask(path)).toMatchObject({ status, body: { status: "error", errorType } });
  });

  it("refuses a form without end, and other methods", async () => {
    expect(await ask("query", post({ query: "1", pad: "x".repeat(1_100_000) }))).toMatchObject({
      status: 400,
    });
    const response = await api(
      new Request(`http://localhost${prometheusPrefix}query`, { method: "PUT" }),
    );
    expect(response.status).toBe(405);
  });
});
