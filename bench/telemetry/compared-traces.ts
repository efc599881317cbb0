import type { Filter } from "../../src/observability/signals/filter.ts";
import type { Range, SignalReader } from "../../src/observability/signals/store.ts";
import { and, eq, hourOf } from "./asking.ts";
import type { Answer, Compared } from "./compared.ts";
import type { Filled } from "./fill.ts";
import type { Jaeger } from "./peers/jaeger.ts";

const micros = (ns: bigint): string => (ns / 1000n).toString();

const lookback = ({ fromNs, toNs }: Range): Readonly<Record<string, string>> => ({
  start: micros(fromNs),
  end: micros(toNs),
});

function byId(
  reader: SignalReader,
  peer: Jaeger,
  name: string,
  idOf: (n: number) => string,
): Compared {
  return {
    name,
    peer: "Jaeger",
    how: "/api/traces/{id}",
    ours: async (n) =>
      ((await reader.trace(idOf(n)))?.spans ?? []).map(({ spanId }) => spanId).toSorted(),
    theirs: async (n) =>
      ((await peer.trace(idOf(n)))?.spans ?? []).map(({ spanID }) => spanID).toSorted(),
  };
}

/** A search whose answer is every trace that matches. */
function found(
  reader: SignalReader,
  peer: Jaeger,
  name: string,
  ask: {
    readonly limit: number;
    readonly range: (n: number) => Range;
    readonly filter: (n: number) => Filter;
    readonly parameters: (n: number) => Readonly<Record<string, string>>;
  },
): Compared {
  const { limit, range, filter, parameters } = ask;
  const ids = (list: readonly string[]): Answer => list.toSorted();
  return {
    name,
    peer: "Jaeger",
    how: `/api/traces?${new URLSearchParams(parameters(0)).toString()}&limit=${limit}`,
    times: 20,
    ours: async (n) => {
      const traces = await reader.traces({ ...range(n), filter: filter(n), limit });
      return ids(traces.map(({ traceId }) => traceId));
    },
    theirs: async (n) => {
      const wanted = { ...parameters(n), ...lookback(range(n)), limit: String(limit) };
      return ids((await peer.search(wanted)).map(({ traceID }) => traceID));
    },
  };
}

/** The questions that Jaeger can be asked too. */
export function withJaeger(reader: SignalReader, peer: Jaeger, data: Filled): Compared[] {
  const all: Range = { fromNs: data.startNs, toNs: data.endNs };
  const address = (n: number): string => `203.0.${n % 256}.${(n * 7) % 256}`;
  const known = (n: number): string => data.traceIds[(n * 7919) % data.traceIds.length] ?? "";
  const failed = and(eq("service", "payments"), eq("status", "error"));
  return [
    byId(reader, peer, "trace by id", known),
    byId(reader, peer, "trace by id, there is none", (n) => `${n}`.padStart(32, "a")),
    found(reader, peer, "traces by service and tag of 65,536 values, a day, all that match", {
      limit: 1500,
      range: () => all,
      filter: (n) => and(eq("service", "gateway"), eq("client.address", address(n))),
      parameters: (n) => ({
        service: "gateway",
        tags: JSON.stringify({ "client.address": address(n) }),
      }),
    }),
    {
      ...found(reader, peer, "newest 20 traces of a service and operation, an hour", {
        limit: 20,
        range: (n) => hourOf(all, n),
        filter: () => and(eq("service", "gateway"), eq("name", "POST /orders")),
        parameters: () => ({ service: "gateway", operation: "POST /orders" }),
      }),
      differs: "which twenty of many",
    },
    {
      ...found(reader, peer, "newest 20 traces of a service with an error, an hour", {
        limit: 20,
        range: (n) => hourOf(all, n),
        filter: () => failed,
        parameters: () => ({ service: "payments", tags: JSON.stringify({ error: "true" }) }),
      }),
      differs: "which twenty of many",
    },
  ];
}
