import type { Clock } from "../../core/clock.ts";
import { coreErrors } from "../../core/errors.ts";
import type { Row, SqlValue, Statement, Store } from "../../core/store.ts";
import { placeholders } from "../../engines/sql.ts";
import { groupSchema } from "./schema.ts";

/** What a group is to people now. */
export type GroupStatus = "open" | "resolved" | "ignored";

/** A group of errors that are one. */
export interface ErrorGroup {
  /** 16 hex digits. */
  readonly fingerprint: string;
  readonly service: string;
  readonly type: string;
  /** As its first error said it. */
  readonly message: string;
  readonly culprit: string;
  /** Why its errors are one: what was compared, and its parts (`fingerprintOf`). */
  readonly groupedBy: string;
  readonly parts: readonly string[];
  readonly status: GroupStatus;
  /** Who takes care of it; empty for nobody. */
  readonly assignee: string;
  /** The release that was said to mend it; empty where none was named. */
  readonly resolvedRelease: string;
  readonly resolvedAtMs: number | null;
  /** When it came again after it was resolved. */
  readonly regressedAtMs: number | null;
  /** When it is no longer ignored; null for ever or not ignored. */
  readonly ignoredUntilMs: number | null;
  readonly firstSeenMs: number;
  readonly firstRelease: string;
  readonly lastSeenMs: number;
  readonly lastRelease: string;
  /** How often it was seen, ever. */
  readonly times: number;
}

/** Errors of one group that were just seen. */
export interface Sighting {
  readonly fingerprint: string;
  readonly service: string;
  readonly type: string;
  readonly message: string;
  readonly culprit: string;
  readonly groupedBy: string;
  readonly parts: readonly string[];
  readonly release: string;
  readonly count: number;
  /** Of the first and the last of them, ms. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** What people do with a group. */
export type GroupAction =
  | { readonly action: "resolve"; readonly release?: string | undefined }
  | { readonly action: "reopen" }
  /** For ever where no time is given. */
  | { readonly action: "ignore"; readonly forMs?: number | undefined }
  | { readonly action: "assign"; readonly assignee: string };

/** Which groups to list. */
export interface GroupQuery {
  readonly status?: GroupStatus | undefined;
  readonly service?: string | undefined;
  /** Seen since, ms. */
  readonly sinceMs?: number | undefined;
  readonly limit: number;
}

/** Groups of errors over the state store. */
export interface ErrorGroups {
  /** Takes in what was seen; says which groups are new and which came back. */
  seen(sightings: readonly Sighting[]): Promise<{
    readonly created: readonly string[];
    readonly regressed: readonly string[];
  }>;
  /** The last seen first. */
  list(query: GroupQuery): Promise<readonly ErrorGroup[]>;
  /** @throws MOR_NOT_FOUND */
  get(fingerprint: string): Promise<ErrorGroup>;
  /** @throws MOR_NOT_FOUND */
  act(fingerprint: string, action: GroupAction): Promise<ErrorGroup>;
}

const messageLengthMax = 1000;
const partsLengthMax = 4000;

function orNull(value: SqlValue | undefined): number | null {
  return Number(value) === 0 ? null : Number(value);
}

function groupOf(row: Row): ErrorGroup {
  const text = (name: string): string => String(row[name]);
  return {
    fingerprint: text("fingerprint"),
    service: text("service"),
    type: text("type"),
    message: text("message"),
    culprit: text("culprit"),
    groupedBy: text("grouped_by"),
    parts: JSON.parse(text("parts")) as string[],
    status: text("status") as GroupStatus,
    assignee: text("assignee"),
    resolvedRelease: text("resolved_release"),
    resolvedAtMs: orNull(row["resolved_at"]),
    regressedAtMs: orNull(row["regressed_at"]),
    ignoredUntilMs: orNull(row["ignored_until"]),
    firstSeenMs: Number(row["first_seen"]),
    firstRelease: text("first_release"),
    lastSeenMs: Number(row["last_seen"]),
    lastRelease: text("last_release"),
    times: Number(row["times"]),
  };
}

/**
 * Whether what was seen means that a resolved group is back: it happened after it was resolved, and
 * not in a release that is older than the one that was to mend it.
 */
export function isRegression(
  group: Pick<ErrorGroup, "status" | "resolvedAtMs" | "resolvedRelease">,
  sighting: Pick<Sighting, "release" | "lastMs">,
  releaseSince: (release: string) => number | undefined,
): boolean {
  if (group.status !== "resolved" || sighting.lastMs <= (group.resolvedAtMs ?? 0)) return false;
  if (group.resolvedRelease === "" || sighting.release === "") return true;
  if (sighting.release === group.resolvedRelease) return true;
  const mended = releaseSince(group.resolvedRelease);
  const seen = releaseSince(sighting.release);
  // Instances of an older release that still run say nothing about the mended one.
  return mended !== undefined && seen !== undefined && seen >= mended;
}

function insertion(sighting: Sighting): readonly SqlValue[] {
  const parts = JSON.stringify(sighting.parts);
  return [
    sighting.fingerprint,
    sighting.service,
    sighting.type,
    sighting.message.slice(0, messageLengthMax),
    sighting.culprit,
    sighting.groupedBy,
    parts.length > partsLengthMax ? "[]" : parts,
    sighting.firstMs,
    sighting.release,
    sighting.lastMs,
    sighting.release,
    sighting.count,
  ];
}

const upsert = `insert into error_group (fingerprint, service, type, message, culprit, grouped_by,
    parts, status, assignee, resolved_release, resolved_at, regressed_at, ignored_until, first_seen,
    first_release, last_seen, last_release, times)
  values (?, ?, ?, ?, ?, ?, ?, 'open', '', '', 0, 0, 0, ?, ?, ?, ?, ?)
  on conflict (fingerprint) do update set
    times = error_group.times + excluded.times,
    first_seen = case when excluded.first_seen < error_group.first_seen
      then excluded.first_seen else error_group.first_seen end,
    last_release = case when excluded.last_seen > error_group.last_seen
      then excluded.last_release else error_group.last_release end,
    last_seen = case when excluded.last_seen > error_group.last_seen
      then excluded.last_seen else error_group.last_seen end`;

function changeOf(action: GroupAction, nowMs: number): { set: string; params: SqlValue[] } {
  switch (action.action) {
    case "resolve":
      return {
        set: "status = 'resolved', resolved_at = ?, resolved_release = ?, regressed_at = 0",
        params: [nowMs, action.release ?? ""],
      };
    case "reopen":
      return { set: "status = 'open', resolved_at = 0, ignored_until = 0", params: [] };
    case "ignore":
      return {
        set: "status = 'ignored', ignored_until = ?",
        params: [action.forMs === undefined ? 0 : nowMs + action.forMs],
      };
    case "assign":
      return { set: "assignee = ?", params: [action.assignee] };
  }
}

interface Known {
  readonly groups: ReadonlyMap<string, ErrorGroup>;
  readonly releases: ReadonlyMap<string, number>;
}

async function knownOf(store: Store, sightings: readonly Sighting[]): Promise<Known> {
  const sql = (text: string): string => placeholders(store.dialect, text);
  const marks = (count: number): string => Array.from({ length: count }, () => "?").join(", ");
  const prints = sightings.map(({ fingerprint }) => fingerprint);
  const groups = await store.read(
    sql(`select * from error_group where fingerprint in (${marks(prints.length)})`),
    prints,
  );
  const services = [...new Set(sightings.map(({ service }) => service))];
  const releases = await store.read(
    sql(`select * from error_release where service in (${marks(services.length)})
      order by first_seen desc limit 1000`),
    services,
  );
  return {
    groups: new Map(groups.map((row) => [String(row["fingerprint"]), groupOf(row)])),
    releases: new Map(
      releases.map((row) => [
        `${String(row["service"])}\u0000${String(row["release"])}`,
        Number(row["first_seen"]),
      ]),
    ),
  };
}

function writesOf(
  store: Store,
  sightings: readonly Sighting[],
  regressed: readonly Sighting[],
): Statement[] {
  const sql = (text: string): string => placeholders(store.dialect, text);
  const again = `update error_group set status = 'open', regressed_at = ?
    where fingerprint = ? and status = 'resolved'`;
  return [
    {
      sql: sql(`insert into error_release (service, release, first_seen) values (?, ?, ?)
        on conflict (service, release) do nothing`),
      each: sightings
        .filter(({ release }) => release !== "")
        .map(({ service, release, firstMs }) => [service, release, firstMs]),
    },
    { sql: sql(upsert), each: sightings.map(insertion) },
    {
      sql: sql(again),
      each: regressed.map(({ fingerprint, lastMs }) => [lastMs, fingerprint]),
    },
  ].filter(({ each }) => each.length > 0);
}

/** Sightings that one write takes; more come in several. */
const sightingsMax = 200;

/** Opens the groups of errors in `store`. */
export async function openGroups(store: Store, clock: Clock): Promise<ErrorGroups> {
  await store.migrate(groupSchema);
  const sql = (text: string): string => placeholders(store.dialect, text);
  const get = async (fingerprint: string): Promise<ErrorGroup> => {
    const text = sql("select * from error_group where fingerprint = ?");
    const [row] = await store.read(text, [fingerprint]);
    if (row === undefined) throw coreErrors.MOR_NOT_FOUND(`there is no error group ${fingerprint}`);
    return groupOf(row);
  };
  const wake = async (): Promise<void> => {
    const text = sql(`update error_group set status = 'open', ignored_until = 0
      where status = 'ignored' and ignored_until > 0 and ignored_until <= ?`);
    await store.write({ statements: [{ sql: text, params: [clock.now()] }] });
  };
  return {
    async seen(all) {
      const created: string[] = [];
      const back: string[] = [];
      for (let at = 0; at < all.length; at += sightingsMax) {
        const sightings = all.slice(at, at + sightingsMax);
        const { groups, releases } = await knownOf(store, sightings);
        const regressed = sightings.filter((sighting) => {
          const group = groups.get(sighting.fingerprint);
          const since = (release: string): number | undefined =>
            releases.get(`${sighting.service}\u0000${release}`) ??
            (release === sighting.release ? sighting.firstMs : undefined);
          return group !== undefined && isRegression(group, sighting, since);
        });
        await store.write({ statements: writesOf(store, sightings, regressed) });
        created.push(
          ...sightings.map(({ fingerprint }) => fingerprint).filter((one) => !groups.has(one)),
        );
        back.push(...regressed.map(({ fingerprint }) => fingerprint));
      }
      return { created, regressed: back };
    },
    async list({ status, service, sinceMs, limit }) {
      await wake();
      const rows = await store.read(
        sql(`select * from error_group where (? = '' or status = ?) and (? = '' or service = ?)
          and last_seen >= ? order by last_seen desc, fingerprint limit ?`),
        [status ?? "", status ?? "", service ?? "", service ?? "", sinceMs ?? 0, limit],
      );
      return rows.map(groupOf);
    },
    get,
    async act(fingerprint, action) {
      await get(fingerprint);
      const { set, params } = changeOf(action, clock.now());
      const text = sql(`update error_group set ${set} where fingerprint = ?`);
      await store.write({ statements: [{ sql: text, params: [...params, fingerprint] }] });
      return get(fingerprint);
    },
  };
}
