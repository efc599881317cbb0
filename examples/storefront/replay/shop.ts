import { setTimeout as wait } from "node:timers/promises";

/** What a shop answered. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** What the shop says of itself; sums in pence. */
export interface Summary {
  readonly orders: number;
  readonly settled: number;
  readonly cancelledOrders: number;
  readonly settledPence: number;
  readonly cancellations: number;
  readonly refundedPence: number;
  readonly netPence: number;
}

/** Work that a platform has done, and what it has left. */
export interface Traffic {
  readonly messages: number;
  readonly events: number;
  readonly deliveries: number;
  /** Messages that wait or are in flight, in queues and subscriptions. */
  readonly waiting: number;
  readonly deadLetters: number;
}

/** A shop's HTTP API, and the figures of the platform that it runs on. */
export interface Shop {
  readonly get: (path: string) => Promise<Answer>;
  readonly post: (path: string, body: unknown) => Promise<Answer>;
  readonly summary: () => Promise<Summary>;
  readonly traffic: () => Promise<Traffic>;
}

/** How a shop is called. */
export interface ShopOptions {
  readonly url: string;
  /** How long a call is repeated while the shop does not answer, milliseconds. */
  readonly patienceMs?: number;
  readonly signal?: AbortSignal;
  /** API key of the platform, where it wants one. */
  readonly key?: string;
}

const passing: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const pauseMs = 50;
const answerMs = 30_000;

/**
 * A client that repeats what was not answered: every call of the replay is safe to repeat, since
 * orders, customers and cancellations carry their own ids.
 */
export function shopAt({ url, patienceMs = 30_000, signal, key }: ShopOptions): Shop {
  const authorization = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const once = async (method: string, path: string, body: unknown): Promise<Response> => {
    const timeout = AbortSignal.timeout(answerMs);
    return fetch(`${url}${path}`, {
      method,
      headers: {
        ...authorization,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    });
  };
  const call = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const untilMs = performance.now() + patienceMs;
    for (;;) {
      let problem: unknown;
      try {
        const response = await once(method, path, body);
        const text = await response.text();
        if (!passing.has(response.status)) {
          const json = response.headers.get("content-type")?.includes("json") === true;
          return { status: response.status, body: json ? JSON.parse(text) : text };
        }
        problem = new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 200)}`);
      } catch (error) {
        problem = error;
      }
      if (signal?.aborted === true || performance.now() > untilMs) throw problem;
      await wait(pauseMs);
    }
  };
  const must = async (path: string): Promise<unknown> => {
    const { status, body } = await call("GET", path);
    if (status === 200) return body;
    throw new Error(`GET ${path} answered ${status}: ${JSON.stringify(body).slice(0, 300)}`);
  };
  const gateway = "/svc/gateway";
  return {
    get: (path) => call("GET", gateway + path),
    post: (path, body) => call("POST", gateway + path, body),
    summary: async () => (await must(`${gateway}/summary`)) as Summary,
    async traffic() {
      const [metrics, queues] = await Promise.all([must("/metrics"), must("/api/v1/queues")]);
      return trafficOf(String(metrics), (queues as { queues: QueueView[] }).queues);
    },
  };
}

interface QueueView {
  readonly role: string;
  readonly stats: { readonly visible: number; readonly inFlight: number; readonly delayed: number };
}

/** The sum of a counter over all its labels that contain `label`. */
function sumOf(metrics: string, name: string, label = ""): number {
  return metrics
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) && line.includes(label))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}

function trafficOf(metrics: string, queues: readonly QueueView[]): Traffic {
  const left = (dead: boolean): number =>
    queues
      .filter(({ role }) => (role === "dead") === dead)
      .reduce((sum, { stats }) => sum + stats.visible + stats.inFlight + stats.delayed, 0);
  return {
    messages: sumOf(metrics, "morning_queue_handled_total"),
    events: sumOf(metrics, "morning_event_published_total"),
    deliveries: sumOf(metrics, "morning_event_handled_total"),
    waiting: left(false),
    deadLetters: left(true),
  };
}
