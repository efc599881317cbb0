import type { LogLine } from "../../../ui/logs/line.ts";
import { seeded } from "../../../ui/traces/sample.ts";

const services = ["storefront", "orders", "payments", "stock", "mail"];
const bodies = [
  "GET /orders/17 200 in 12 ms",
  "card refused: insufficient funds, order 4711, attempt 2 of 3",
  "reserved 3 items in warehouse TPE-1",
  "慢查詢：SELECT * FROM orders WHERE customer_id = $1 花了 812 毫秒",
  "connection to postgres lost, trying again in 250 ms",
  "order \u202Edecalp\u202C <b>not bold</b>",
];
const severities = [5, 9, 9, 9, 9, 9, 13, 17];
const beganMs = Date.UTC(2026, 0, 2, 4);

const pick = <T>(all: readonly T[], random: () => number): T | undefined =>
  all[Math.floor(random() * all.length)];

const stack = `Error: card refused
    at charge (payments/src/charge.ts:41:11)
    at async handle (payments/src/main.ts:17:5)
{ "code": "card_declined" }`;

/** Makes lines as an app writes them, on and on, the same for the same seed. */
export function lineMaker(seed: number): (count: number) => LogLine[] {
  const random = seeded(seed);
  let made = 0;
  return (count) =>
    Array.from({ length: count }, () => {
      const number = made++;
      const severity = number % 97 === 96 ? 21 : (pick(severities, random) ?? 9);
      return {
        id: `line-${number}`,
        atMs: beganMs + number * 3.7,
        severity,
        service: pick(services, random) ?? "",
        body: severity >= 21 ? stack : (pick(bodies, random) ?? ""),
        fields: {
          "http.route": "/orders/{id}",
          duration: { ms: Math.round(random() * 900) },
          customer: `cus_${Math.floor(random() * 1e6)}`,
          attempt: number % 3,
        },
        traceId: number.toString(16).padStart(32, "0"),
      };
    });
}
