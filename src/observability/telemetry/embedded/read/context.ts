import type { Filter } from "../../../signals/filter.ts";
import { everything } from "../../../signals/filter.ts";
import type { LogRecord } from "../../../signals/records.ts";
import { serviceOf } from "../../../signals/records.ts";
import { textOf } from "../../../signals/rows.ts";
import type { Found, Page } from "../../../signals/store.ts";
import { readErrors } from "./errors.ts";
import { idText, pageMax, parsePlace, search } from "./search.ts";
import type { Session } from "./session.ts";

/** How far from a line its context may lie. */
const reachNs = 24n * 3_600_000_000_000n;

function sameInstance({ origin }: LogRecord): Filter {
  const { resource } = origin;
  const instance = resource["service.instance.id"];
  const host = resource["host.name"];
  const parts: Filter[] = [{ op: "eq", field: "service", value: serviceOf(origin) }];
  if (instance !== undefined) {
    parts.push({ op: "eq", field: "instance", value: textOf(instance)[0] });
  } else if (host !== undefined) {
    parts.push({ op: "eq", field: "resource.host.name", value: textOf(host)[0] });
  }
  return { op: "and", of: parts };
}

/** A line by its id; undefined when there is none any more. */
async function lineOf(session: Session, id: string): Promise<Found<LogRecord> | undefined> {
  const place = parsePlace(id);
  if (place === undefined) return undefined;
  const { records } = await search(session, "logs", {
    fromNs: place.timeNs,
    toNs: place.timeNs + 1n,
    filter: everything,
    limit: 1,
    cursor: id,
  });
  const [found] = records;
  return found?.id === idText(place.timeNs, place.key) ? found : undefined;
}

/** A line with what the same instance logged before and after it, oldest first. */
export async function contextOf(
  session: Session,
  id: string,
  before: number,
  after: number,
): Promise<Page<LogRecord>> {
  for (const count of [before, after]) {
    if (!Number.isSafeInteger(count) || count < 0 || count >= pageMax) {
      throw readErrors.MOR_TELEMETRY_QUERY(`a context has from 0 to ${pageMax - 1} lines a side`);
    }
  }
  const line = await lineOf(session, id);
  if (line === undefined) return { records: [] };
  const { timeNs } = line.record;
  const around = {
    fromNs: timeNs - reachNs,
    toNs: timeNs + reachNs,
    filter: sameInstance(line.record),
    // Past this one line; others that say the same are part of the context.
    cursor: `${line.id}-1`,
  };
  const side = async (limit: number, ascending: boolean): Promise<readonly Found<LogRecord>[]> =>
    limit === 0 ? [] : (await search(session, "logs", { ...around, limit, ascending })).records;
  const [older, newer] = await Promise.all([side(before, false), side(after, true)]);
  // Lines that say the same at the same instant stand on both sides: once is enough.
  const twins = newer.filter(({ id: other }) => other === line.id).length;
  const later = before === 0 ? newer : newer.slice(twins);
  return { records: [...older.toReversed(), line, ...later] };
}
