import type { AnswerOf } from "../../../api/client.ts";
import type { Happening } from "../../../api/overview.ts";

/** The catalogue, as the API gives it. */
export type Catalogue = AnswerOf<"/events", "get">;
export type CatalogueEvent = Catalogue["events"][number];
export type Consumer = CatalogueEvent["consumers"][number];

/** An event of the log, as the API gives it. */
export type Logged = AnswerOf<"/events/log", "get">["events"][number];

/** Whether an answer is an event of the log, which is not how a CloudEvent looks. */
export const isLogged = (value: object): value is Logged => "detail-type" in value;

/** The trace that an event carries, out of its W3C `traceparent`. */
export const traceIdOf = ({ traceparent }: Pick<Logged, "traceparent">): string | undefined =>
  traceparent?.split("-")[1];

/** The service that published, where the source is one of this app: `shop.orders` is `orders`. */
export const serviceOf = (source: string, app: string): string =>
  source.startsWith(`${app}.`) ? source.slice(app.length + 1) : source;

const summaryMax = 400;

/** An event of the log as a row beside those that come live. */
export function happeningOf(logged: Logged, app: string): Happening {
  const traceId = traceIdOf(logged);
  return {
    id: logged.id,
    atMs: logged.atMs,
    type: logged["detail-type"],
    source: serviceOf(logged.source, app),
    summary: JSON.stringify(logged.detail).slice(0, summaryMax),
    ...(traceId === undefined ? {} : { traceId }),
  };
}

/** What only the log says of an event. */
const ofLog: ReadonlySet<string> = new Set<keyof Logged>([
  "atMs",
  "publishedAtMs",
  "deliveredTo",
  "traceparent",
  "schemaVersion",
]);

/** What travelled: the envelope without what only the log says of it. */
export function envelopeOf(logged: Logged): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(logged).filter(([name]) => !ofLog.has(name)));
}
