/**
 * Telemetry as a small shop makes it: traces of several services, log lines in them, with entropy
 * that is realistic (ids, durations, addresses, users, statements, Chinese text). Seeded.
 */
import type { Random } from "../../src/core/ids.ts";
import type {
  Attributes,
  LogRecord,
  Origin,
  SpanRecord,
} from "../../src/observability/signals/records.ts";

/** What the generator made of one order, or one look at the catalogue. */
export interface Made {
  readonly spans: readonly SpanRecord[];
  readonly logs: readonly LogRecord[];
}

const services = ["gateway", "users", "catalog", "orders", "payments", "loyalty"] as const;
type Name = (typeof services)[number];

const browsers = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1",
  "Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 Chrome/141.0.0.0 Mobile",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 15_7) AppleWebKit/605.1.15 Version/19.0 Safari/605.1.15",
  "okhttp/5.1.0",
];
const words = ["熱銷", "茶壺", "復古", "燈具", "聖誕", "紙巾", "相框", "陶瓷", "木製", "禮盒"];
const latin = [
  "white",
  "hanging",
  "heart",
  "lantern",
  "retro",
  "mug",
  "cake",
  "tin",
  "rose",
  "bag",
];
const countries = ["TW", "US", "GB", "DE", "JP", "FR"];

function originOf(service: Name, instance: number): Origin {
  return {
    resource: {
      "service.name": service,
      "service.version": `1.${service.length}.${instance}`,
      "service.namespace": "storefront",
      "service.instance.id": `${service}-7d9f8b6c5-${instance}x2k${instance}`,
      "deployment.environment.name": "production",
      "telemetry.sdk.language": "nodejs",
      "telemetry.sdk.name": "opentelemetry",
      "telemetry.sdk.version": "2.2.0",
      "host.name": `ip-10-0-${instance}-${service.length}.ap-northeast-1.compute.internal`,
      "cloud.region": "ap-northeast-1",
      "process.runtime.version": "24.11.0",
    },
    scopeName: "@opentelemetry/instrumentation-http",
    scopeVersion: "0.207.0",
    scopeAttributes: {},
  };
}

/** Makes telemetry without end; the same for the same randomness. */
export class Shop {
  readonly #random: Random;
  readonly #origins: ReadonlyMap<Name, readonly Origin[]>;
  #nowNs: bigint;
  readonly #stepNs: number;

  /** @param options `startNs`: when the first request comes; `stepNs`: mean time between two */
  constructor(random: Random, options: { readonly startNs: bigint; readonly stepNs: number }) {
    this.#random = random;
    this.#nowNs = options.startNs;
    this.#stepNs = options.stepNs;
    this.#origins = new Map(
      services.map((name) => [name, [1, 2].map((instance) => originOf(name, instance))]),
    );
  }

  #below(count: number): number {
    return Math.floor(this.#random.next() * count);
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#below(list.length)] as T;
  }

  #hex(bytes: number): string {
    return Buffer.from(this.#random.fill(new Uint8Array(bytes))).toString("hex");
  }

  /** Log-normal, as durations are; nanoseconds around `medianMs`. */
  #durationNs(medianMs: number): number {
    const normal =
      Math.sqrt(-2 * Math.log(1 - this.#random.next())) *
      Math.cos(2 * Math.PI * this.#random.next());
    return Math.round(medianMs * 1e6 * Math.exp(normal * 0.6));
  }

  /** One request with everything that it causes. */
  next(): Made {
    this.#nowNs += BigInt(Math.round(this.#stepNs * 2 * this.#random.next()));
    const request = new Request(this.#nowNs, this.#hex(16));
    if (this.#random.next() < 0.6) this.#look(request);
    else this.#order(request);
    return request;
  }

  #span(
    request: Request,
    name: string,
    attributes: Attributes,
    shape: {
      readonly service: Name;
      readonly parent: string;
      readonly kind: number;
      readonly ms: number;
      readonly failed?: boolean;
    },
  ): SpanRecord {
    const origin = this.#pick(this.#origins.get(shape.service) as readonly Origin[]);
    const span: SpanRecord = {
      origin,
      traceId: request.traceId,
      spanId: this.#hex(8),
      parentSpanId: shape.parent,
      traceState: "",
      name,
      kind: shape.kind,
      startNs: request.startNs + BigInt(this.#below(3_000_000)),
      durationNs: BigInt(this.#durationNs(shape.ms)),
      status: shape.failed === true ? 2 : 0,
      statusMessage: shape.failed === true ? "upstream answered 503" : "",
      attributes,
      events: [],
      links: [],
      weight: 1,
    };
    request.spans.push(span);
    return span;
  }

  #log(request: Request, span: SpanRecord, severity: number, body: string, more: Attributes): void {
    request.logs.push({
      origin: span.origin,
      timeNs: span.startNs + BigInt(this.#below(5_000_000)),
      observedNs: span.startNs + 6_000_000n,
      severity,
      severityText: severity >= 17 ? "ERROR" : severity >= 13 ? "WARN" : "INFO",
      body,
      eventName: "",
      traceId: span.traceId,
      spanId: span.spanId,
      attributes: more,
    });
  }

  #server(
    request: Request,
    service: Name,
    route: string,
    path: string,
    options: {
      readonly parent: string;
      readonly method: string;
      readonly ms: number;
      readonly status: number;
    },
  ): SpanRecord {
    const attributes = {
      "http.request.method": options.method,
      "http.route": route,
      "url.path": path,
      "url.scheme": "https",
      "http.response.status_code": options.status,
      "server.address": `${service}.internal`,
      "network.protocol.version": "1.1",
      "client.address": `203.0.${this.#below(256)}.${this.#below(256)}`,
      "user_agent.original": this.#pick(browsers),
    };
    const failed = options.status >= 500;
    const shape = { service, parent: options.parent, kind: 2, ms: options.ms, failed };
    return this.#span(request, `${options.method} ${route}`, attributes, shape);
  }

  #query(request: Request, service: Name, parent: SpanRecord, table: string, verb: string): void {
    const text =
      verb === "SELECT"
        ? `SELECT id, data, version FROM ${table} WHERE id = $1`
        : `INSERT INTO ${table} (id, data, version) VALUES ($1, $2, $3)`;
    const attributes = {
      "db.system.name": "postgresql",
      "db.namespace": service,
      "db.operation.name": verb,
      "db.collection.name": table,
      "db.query.text": text,
      "server.address": "shop.cluster-c9x1.ap-northeast-1.rds.amazonaws.com",
      "server.port": 5432,
    };
    const shape = { service, parent: parent.spanId, kind: 3, ms: 1.6 };
    this.#span(request, `${verb} ${table}`, attributes, shape);
  }

  #look(request: Request): void {
    const product = 20_000 + this.#below(4000);
    const path = `/products/${product}`;
    const options = { method: "GET", ms: 12, status: this.#random.next() < 0.01 ? 404 : 200 };
    const edge = this.#server(request, "gateway", "/products/:id", path, {
      ...options,
      parent: "",
    });
    const inner = this.#server(request, "catalog", "/products/:id", path, {
      ...options,
      parent: edge.spanId,
    });
    this.#query(request, "catalog", inner, "products", "SELECT");
    const name = `${this.#pick(words)}${this.#pick(words)}`;
    const title = `${name} ${this.#pick(latin)} ${this.#pick(latin)}`;
    this.#log(request, inner, 9, `product ${product} 「${title}」 shown in ${this.#below(40)} ms`, {
      "product.id": product,
      "user.id": `u${this.#below(50_000)}`,
      "session.id": this.#hex(12),
    });
    const status = options.status;
    this.#log(
      request,
      edge,
      status === 404 ? 13 : 9,
      `GET ${path} ${status} ${this.#below(60)}ms`,
      {
        "http.route": "/products/:id",
        "http.response.status_code": status,
        "http.response.body.size": 900 + this.#below(4000),
      },
    );
  }

  #order(request: Request): void {
    const user = `u${this.#below(50_000)}`;
    const order = `ord_${this.#hex(8)}`;
    const failed = this.#random.next() < 0.02;
    const status = failed ? 503 : 201;
    const call = { method: "POST", status };
    const edge = this.#server(request, "gateway", "/orders", "/orders", {
      ...call,
      ms: 80,
      parent: "",
    });
    const orders = this.#server(request, "orders", "/orders", "/orders", {
      ...call,
      ms: 60,
      parent: edge.spanId,
    });
    this.#query(request, "orders", orders, "orders", "INSERT");
    const pay = this.#server(request, "payments", "/payments", "/payments", {
      ...call,
      ms: 35,
      parent: orders.spanId,
    });
    this.#query(request, "payments", pay, "payments", "INSERT");
    const destination = {
      "messaging.destination.name": "welcome-email",
      "messaging.system": "aws_sqs",
    };
    const message = { ...destination, "messaging.message.id": this.#hex(16) };
    const sent = this.#span(request, "send welcome-email", message, {
      service: "orders",
      parent: orders.spanId,
      kind: 4,
      ms: 2,
    });
    const taken = this.#span(request, "process welcome-email", message, {
      service: "loyalty",
      parent: sent.spanId,
      kind: 5,
      ms: 8,
    });
    this.#query(request, "loyalty", taken, "points", "INSERT");
    const cents = 500 + this.#below(20_000);
    const known = { "order.id": order, "user.id": user };
    this.#log(request, orders, 9, `order ${order} of ${user} placed: ${cents} cents`, {
      ...known,
      "order.total_cents": cents,
      "order.country": this.#pick(countries),
    });
    if (failed) {
      const waited = `${this.#below(3000)} ms`;
      const text = `payment of ${order} failed: upstream answered 503 after ${waited}`;
      this.#log(request, pay, 17, text, { ...known, "error.type": "UpstreamError" });
    } else this.#log(request, pay, 9, `訂單 ${order} 付款成功`, known);
    this.#log(request, taken, 9, `mail to ${user} queued, attempt 1`, {
      ...message,
      "user.id": user,
    });
    this.#log(request, edge, failed ? 17 : 9, `POST /orders ${status} ${this.#below(300)}ms`, {
      "http.route": "/orders",
      "http.response.status_code": status,
      "http.response.body.size": 300 + this.#below(500),
    });
  }
}

class Request implements Made {
  readonly spans: SpanRecord[] = [];
  readonly logs: LogRecord[] = [];
  readonly startNs: bigint;
  readonly traceId: string;

  constructor(startNs: bigint, traceId: string) {
    this.startNs = startNs;
    this.traceId = traceId;
  }
}

const anyValue = (value: unknown): unknown =>
  typeof value === "number" ? { intValue: String(value) } : { stringValue: value };

const keyValues = (attributes: Attributes): unknown[] =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));

/** A list by origin, each as the envelope of OTLP/JSON has it. */
function enveloped<T extends { readonly origin: Origin }>(
  records: readonly T[],
  names: readonly [resource: string, scope: string, records: string],
  write: (record: T) => unknown,
): string {
  const groups = Map.groupBy(records, (record) => record.origin);
  const [resources, scopes, list] = names;
  return JSON.stringify({
    [resources]: [...groups].map(([origin, members]) => ({
      resource: { attributes: keyValues(origin.resource) },
      [scopes]: [
        {
          scope: { name: origin.scopeName, version: origin.scopeVersion },
          [list]: members.map(write),
        },
      ],
    })),
  });
}

/** Log records as an OTLP/JSON request: what "raw JSON" means in our figures. */
export function logsJson(records: readonly LogRecord[]): string {
  return enveloped(records, ["resourceLogs", "scopeLogs", "logRecords"], (record) => ({
    timeUnixNano: record.timeNs.toString(),
    observedTimeUnixNano: record.observedNs.toString(),
    severityNumber: record.severity,
    severityText: record.severityText,
    body: { stringValue: record.body },
    attributes: keyValues(record.attributes),
    traceId: record.traceId,
    spanId: record.spanId,
  }));
}

/** Spans as an OTLP/JSON request. */
export function spansJson(records: readonly SpanRecord[]): string {
  return enveloped(records, ["resourceSpans", "scopeSpans", "spans"], (record) => ({
    traceId: record.traceId,
    spanId: record.spanId,
    ...(record.parentSpanId === "" ? {} : { parentSpanId: record.parentSpanId }),
    name: record.name,
    kind: record.kind,
    startTimeUnixNano: record.startNs.toString(),
    endTimeUnixNano: (record.startNs + record.durationNs).toString(),
    attributes: keyValues(record.attributes),
    status: record.status === 2 ? { code: 2, message: record.statusMessage } : {},
  }));
}
