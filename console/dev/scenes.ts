// Synthetic overviews for working on the console and for its browser tests, which need states that no
// healthy platform shows on demand. Never part of the product: what `npm start` shows is real.
import type { Counter, Happening, Link, Overview, Part, Point } from "../src/api/overview.ts";

export type SceneName = "shop" | "trouble" | "hostile" | "empty" | "large";

const services = ["gateway", "users", "catalog", "orders", "payments", "loyalty"];
const queues = ["welcome-email", "verification-email", "stock-reservation", "notifications"];
const events = [
  "user.registered",
  "order.placed",
  "order.settled",
  "order.cancelled",
  "payment.succeeded",
  "payment.failed",
];

const joins: readonly (readonly [string, string, string, number])[] = [
  ["service/gateway", "service/users", "call", 0.4],
  ["service/gateway", "service/catalog", "call", 9],
  ["service/gateway", "service/orders", "call", 6],
  ["service/users", "event/user.registered", "publish", 0.4],
  ["service/users", "queue/verification-email", "send", 0.4],
  ["event/user.registered", "service/loyalty", "deliver", 0.4],
  ["service/orders", "queue/stock-reservation", "send", 6],
  ["queue/stock-reservation", "service/catalog", "deliver", 6],
  ["service/orders", "event/order.placed", "publish", 6],
  ["event/order.placed", "service/payments", "deliver", 6],
  ["service/payments", "event/payment.succeeded", "publish", 5.8],
  ["service/payments", "event/payment.failed", "publish", 0.2],
  ["event/payment.succeeded", "service/orders", "deliver", 5.8],
  ["event/payment.succeeded", "service/loyalty", "deliver", 5.8],
  ["event/payment.succeeded", "queue/notifications", "deliver", 5.8],
  ["service/orders", "event/order.settled", "publish", 5.8],
  ["service/orders", "event/order.cancelled", "publish", 0.1],
  ["queue/notifications", "service/users", "deliver", 5.8],
  ["schedule/nightly-points", "service/loyalty", "trigger", 0],
  ["service/users", "table/users", "use", 1],
  ["service/catalog", "table/products", "use", 15],
  ["service/orders", "table/orders", "use", 12],
  ["service/payments", "secret/provider-key", "use", 0],
];

const wave = (seconds: number, speed: number, phase: number): number =>
  1 + 0.35 * Math.sin(seconds * speed + phase) + 0.2 * Math.sin(seconds * speed * 3.7 + phase * 2);

function part(id: string, rate: number, extra: Partial<Part> = {}): Part {
  const [kind = "", ...name] = id.split("/");
  const base = { id, kind, name: name.join("/"), health: "ok" as const };
  return { ...base, ratePerSecond: rate, errorRate: 0, ...extra };
}

function point(atMs: number, busy: number): Point {
  const seconds = atMs / 1000;
  return {
    atMs,
    requests: Math.round(16 * wave(seconds, 0.05, 0) * busy),
    messages: Math.round(12 * wave(seconds, 0.05, 0.6) * busy),
    events: Math.round(18 * wave(seconds, 0.05, 1.1) * busy),
    errors: Math.round(Math.max(0, wave(seconds, 0.11, 2) - 1.3) * 6),
  };
}

function orders(nowMs: number): Happening[] {
  const second = Math.floor(nowMs / 1000);
  const goods = ["WHITE METAL LANTERN", "JUMBO BAG RED RETROSPOT", "REGENCY CAKESTAND 3 TIER"];
  return Array.from({ length: 50 }, (_, index) => {
    const number = second * 3 - index;
    const type = events[[1, 4, 2, 1, 4, 2, 0, 5][number % 8] ?? 1] ?? "";
    const source = type.startsWith("pay")
      ? "payments"
      : type.startsWith("user")
        ? "users"
        : "orders";
    const quantity = (number % 11) + 1;
    const data = {
      orderId: `5${String(number).slice(-5)}`,
      description: goods[number % goods.length],
      quantity,
      total: (quantity * 3.39).toFixed(2),
    };
    const atMs = nowMs - index * 340;
    return { id: `e${number}`, atMs, type, source, summary: JSON.stringify(data) };
  });
}

function frame(nowMs: number, startedAtMs: number): Overview {
  const seconds = nowMs / 1000;
  const now = point(nowMs, 1);
  const links: Link[] = joins.map(([from, to, verb, rate], index) => ({
    from,
    to,
    verb,
    ratePerSecond: rate * wave(seconds, 0.05, index),
    errorRate: 0,
  }));
  const through = (id: string): number =>
    links
      .filter(({ from, to }) => to === id || (from === id && id.startsWith("service/gateway")))
      .reduce((sum, { ratePerSecond }) => sum + ratePerSecond, 0);
  const ups = (nowMs - startedAtMs) / 1000 + 4000;
  const counter = (key: string, ratePerSecond: number): Counter => ({
    key,
    label: key,
    total: Math.round(ups * ratePerSecond),
    ratePerSecond,
  });
  return {
    app: "storefront",
    environment: "local",
    version: "0.1.0",
    startedAtMs: startedAtMs - 4_000_000,
    nowMs,
    health: "ok",
    problems: [],
    nodes: [
      ...services.map((name, index) =>
        part(`service/${name}`, through(`service/${name}`), { p95Ms: 2.4 + index }),
      ),
      ...queues.map((name, index) =>
        part(`queue/${name}`, through(`queue/${name}`), {
          depth: index * 3,
          inFlight: index,
          oldestMs: 40 * index,
          deadLetters: 0,
        }),
      ),
      ...events.map((name) => part(`event/${name}`, through(`event/${name}`))),
      part("schedule/nightly-points", 0),
      ...["users", "products", "orders"].map((name) => part(`table/${name}`, 3)),
      part("secret/provider-key", 0),
    ],
    edges: links,
    counters: [
      counter("requests", now.requests),
      counter("messages", now.messages),
      counter("events", now.events),
      counter("order.placed", 6),
      counter("order.settled", 5.8),
      counter("payment.succeeded", 5.8),
      counter("user.registered", 0.4),
    ],
    recent: orders(nowMs),
    history: Array.from({ length: 300 }, (_, index) => point(nowMs - (299 - index) * 1000, 1)),
  };
}

function trouble(overview: Overview): Overview {
  const sick: Readonly<Record<string, Partial<Part>>> = {
    "service/payments": { health: "failing", errorRate: 0.62, p95Ms: 4210 },
    "queue/notifications": { health: "warning", depth: 18_420, oldestMs: 312_000, deadLetters: 37 },
  };
  return {
    ...overview,
    health: "failing",
    nodes: overview.nodes.map((node) => ({ ...node, ...sick[node.id] })),
    edges: overview.edges.map((edge) =>
      edge.to === "service/payments" ? { ...edge, errorRate: 0.62 } : edge,
    ),
    problems: [
      {
        id: "1",
        severity: "warning",
        code: "dead-letters",
        subject: "queue/notifications",
        message: "37 dead letters in notifications",
      },
      {
        id: "2",
        severity: "failing",
        code: "errors",
        subject: "service/payments",
        message: "62 % of the work of payments fails",
      },
      {
        id: "3",
        severity: "failing",
        code: "instance-down",
        subject: "service/payments",
        message: "payments/2 ended with code 137 and starts again in 4 s",
      },
    ],
    counters: [
      ...overview.counters.slice(0, 5),
      { key: "deadLetters", label: "deadLetters", total: 37, ratePerSecond: 0.2 },
    ],
  };
}

const nasty = [
  "<img src=x onerror=alert(1)>",
  "invoice\u202Efdp.exe",
  "שלום־עולם مرحبا",
  "👩‍👩‍👧‍👦🇹🇼".repeat(8),
  "a".repeat(5000),
  "{count, plural, one {#} other {#}}",
  "__proto__",
];

function hostile(overview: Overview): Overview {
  const names = [
    ...services.map((name) => `service/${name}`),
    ...queues.map((name) => `queue/${name}`),
  ];
  const renamed = new Map(nasty.map((name, index) => [names[index], name]));
  const nodes = overview.nodes.map((node) => ({
    ...node,
    name: renamed.get(node.id) ?? node.name,
    ratePerSecond: renamed.has(node.id) ? 1.7e308 : node.ratePerSecond,
    depth: Number.MAX_SAFE_INTEGER,
    deadLetters: 1e30,
  }));
  return {
    ...overview,
    app: nasty[1] ?? "",
    environment: nasty[2] ?? "",
    version: "9".repeat(300),
    health: "warning",
    nodes,
    problems: nasty.map((text, index) => ({
      id: `${index}`,
      severity: "warning",
      code: text,
      subject: nodes[index]?.id ?? "",
      message: text,
    })),
    counters: nasty.map((text) => ({ key: text, label: text, total: 1e300, ratePerSecond: 1e-9 })),
    recent: overview.recent.map((one, index) => ({
      ...one,
      type: nasty[index % 7] ?? "",
      summary: `{"note":"${nasty[(index + 3) % 7]}"}`,
      atMs: index % 5 === 0 ? 9e99 : one.atMs,
    })),
  };
}

function large(overview: Overview): Overview {
  const many = Array.from({ length: 200 }, (_, index) =>
    part(`queue/worker-${index}`, index, { depth: index }),
  );
  const links = many.flatMap(({ id }, index) => [
    {
      from: `service/${services[index % 6]}`,
      to: id,
      verb: "send",
      ratePerSecond: index,
      errorRate: 0,
    },
    {
      from: id,
      to: `service/${services[(index + 1) % 6]}`,
      verb: "deliver",
      ratePerSecond: index,
      errorRate: 0,
    },
  ]);
  return { ...overview, nodes: [...overview.nodes, ...many], edges: [...overview.edges, ...links] };
}

/** The overview of a scene at a time. */
export function sceneAt(name: SceneName, nowMs: number, startedAtMs: number): Overview {
  const overview = frame(nowMs, startedAtMs);
  switch (name) {
    case "shop":
      return overview;
    case "trouble":
      return trouble(overview);
    case "hostile":
      return hostile(overview);
    case "large":
      return large(overview);
    case "empty":
      return { ...overview, nodes: [], edges: [], counters: [], recent: [], history: [] };
  }
}
