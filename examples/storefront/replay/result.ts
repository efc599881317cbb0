import type { Count } from "../count.ts";
import type { Played } from "./play.ts";
import type { Standing } from "./settled.ts";
import type { Traffic } from "./shop.ts";

/** What a replay came to: the shop's totals beside the plain count of the file. */
export interface Result {
  readonly file: Count;
  readonly shop: {
    readonly ordersIn: number;
    readonly ordersSettled: number;
    readonly cancellations: number;
    readonly revenuePence: number;
    readonly refundedPence: number;
    readonly customers: number;
    readonly repeated: number;
    readonly refused: number;
  };
  readonly refused: Played["refused"];
  readonly messages: number;
  readonly events: number;
  readonly deliveries: number;
  readonly deadLetters: number;
  readonly settled: boolean;
  readonly playedMs: number;
  readonly totalMs: number;
  readonly ordersPerSecond: number;
  readonly messagesPerSecond: number;
  /** Of this process: the platform and the replay, unless --url named another. */
  readonly memoryBytesMax: number;
}

/** What a result is made from. */
export interface Ended {
  readonly count: Count;
  readonly played: Played;
  readonly standing: Standing;
  readonly trafficBefore: Traffic;
  readonly playedMs: number;
  readonly totalMs: number;
}

/** The result of a replay that ended. */
export function resultOf(ended: Ended): Result {
  const { count, played, standing, trafficBefore, playedMs, totalMs } = ended;
  const { summary, traffic, settled } = standing;
  const messages = traffic.messages - trafficBefore.messages;
  return {
    file: count,
    shop: {
      ordersIn: summary.orders,
      ordersSettled: summary.settled,
      cancellations: summary.cancellations,
      revenuePence: summary.settledPence,
      refundedPence: summary.refundedPence,
      customers: played.customers,
      repeated: played.repeated,
      refused: played.refusals,
    },
    refused: played.refused,
    messages,
    events: traffic.events - trafficBefore.events,
    deliveries: traffic.deliveries - trafficBefore.deliveries,
    deadLetters: traffic.deadLetters - trafficBefore.deadLetters,
    settled,
    playedMs: Math.round(playedMs),
    totalMs: Math.round(totalMs),
    ordersPerSecond: Math.round((played.orders / playedMs) * 1000),
    messagesPerSecond: Math.round((messages / totalMs) * 1000),
    memoryBytesMax: process.resourceUsage().maxRSS * 1024,
  };
}

type Pair = readonly [name: string, file: number, shop: number];

function pairs({ file, shop }: Result): Pair[] {
  return [
    ["orders in", file.orders, shop.ordersIn],
    ["orders settled", file.orders, shop.ordersSettled],
    ["cancellations", file.cancellations, shop.cancellations],
    ["revenue, pence", file.revenuePence, shop.revenuePence],
    ["refunds, pence", file.refundedPence, shop.refundedPence],
    ["customers", file.customers, shop.customers],
  ];
}

/** Where the shop and the file differ, in words; none, when all is right. */
export function differences(result: Result): string[] {
  const found = pairs(result)
    .filter(([, file, shop]) => file !== shop)
    .map(([name, file, shop]) => `${name}: the file has ${file}, the shop ${shop}`);
  const { repeated } = result.shop;
  if (repeated > 0) found.push(`${repeated} orders were in the shop already, and count once`);
  if (!result.settled) found.push("not all is settled: nothing has moved for 30 s");
  if (result.deadLetters !== 0) found.push(`${result.deadLetters} messages are dead letters`);
  const refused = result.refused.slice(0, 5).map(({ invoice, reason }) => `${invoice}: ${reason}`);
  return [...found, ...refused];
}

const number = (value: number): string => value.toLocaleString("en-GB");
const row = (name: string, file: string, shop: string): string =>
  `${name.padEnd(22)}${file.padStart(14)}${shop.padStart(14)}`;

/** What the lines of the file are. */
function breakdown(file: Count): string[] {
  const counted: [string, number][] = [
    ["of orders", file.orderLines],
    ["of cancellations", file.cancelledLines],
    ["no goods", file.noGoods],
    ["unpriced", file.unpriced],
    ["stock corrections", file.corrections],
    ["duplicates", file.duplicates],
    ["malformed", file.malformed],
  ];
  const text = counted.map(([name, count]) => `${name} ${number(count)}`);
  return [
    `lines ${number(file.lines)}: ${text.slice(0, 4).join(", ")},`,
    `  ${text.slice(4).join(", ")}`,
  ];
}

/** The result as a table for people. */
export function lines(result: Result, wrong: readonly string[]): string[] {
  const { file } = result;
  return [
    row("", "plain count", "shop"),
    ...pairs(result).map(([name, counted, shop]) => row(name, number(counted), number(shop))),
    "",
    ...breakdown(file),
    `messages handled ${number(result.messages)}, events published ${number(result.events)} ` +
      `and delivered ${number(result.deliveries)}, dead letters ${number(result.deadLetters)}`,
    `${number(result.ordersPerSecond)} orders/s, ${number(result.messagesPerSecond)} messages/s, ` +
      `${(result.totalMs / 1000).toFixed(1)} s in all, ` +
      `${Math.round(result.memoryBytesMax / 2 ** 20)} MiB at most`,
    "",
    wrong.length === 0 ? "The shop's totals are those of the file." : `WRONG: ${wrong.join("; ")}`,
  ];
}
