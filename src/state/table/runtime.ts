import { coreErrors, MorningError } from "../../core/errors.ts";
import type { CapabilityRuntime, Holder, Host } from "../../core/host.ts";
import type { Capability, Resource } from "../../core/resource.ts";
import type { Statement } from "../../core/store.ts";
import { storeForms, tracedHeld } from "../../core/traced.ts";
import type { SpanForm } from "../../core/tracing.ts";
import { transactional } from "../../core/transaction.ts";
import type { Writes } from "../../core/transaction.ts";
import type { StoredRow, TableChange, TableDriver } from "./driver.ts";
import { encodedKey, keyOfRow, keyText } from "./keys.ts";
import { encodedCursor, pageRowsMax, queryOf } from "./query.ts";
import type { AnyListOptions } from "./query.ts";
import { tableErrors } from "./errors.ts";
import { decodedRow, encodedRow, validRow } from "./rows.ts";
import type { AnyRow } from "./rows.ts";
import type { AnyTable, ChangeOptions, Entry, Page } from "./table.ts";

/** Attempts of an update that others overtake. */
const updateAttemptsMax = 10;

/** Reads of any table. */
export interface Reading {
  get(key: unknown): Promise<AnyRow | undefined>;
  getEntry(key: unknown): Promise<Entry<AnyRow> | undefined>;
  getMany(keys: readonly unknown[]): Promise<readonly (AnyRow | undefined)[]>;
  list(options?: AnyListOptions): Promise<Page<AnyRow>>;
  count(options?: AnyListOptions): Promise<number>;
}

function entryOf(stored: StoredRow): Entry<AnyRow> {
  const { body, version, updatedAtMs } = stored;
  return { row: decodedRow(body), version, updatedAtMs };
}

/** Makes the reads of a table. */
export function makeReading(table: AnyTable, driver: TableDriver): Reading {
  const { name } = table;
  const getEntry = async (key: unknown): Promise<Entry<AnyRow> | undefined> => {
    const [stored] = await driver.get(name, [encodedKey(table, key)]);
    return stored === undefined ? undefined : entryOf(stored);
  };
  return {
    getEntry,
    get: async (key) => (await getEntry(key))?.row,
    async getMany(keys) {
      if (keys.length > pageRowsMax) {
        const text = `table ${name}: ${keys.length} keys, at most ${pageRowsMax}`;
        throw tableErrors.MOR_TABLE_PAGE_TOO_LARGE(text);
      }
      const encoded = keys.map((key) => encodedKey(table, key));
      const found = await driver.get(name, [...new Set(encoded)]);
      const rows = new Map(found.map(({ key, body }) => [key, body]));
      return encoded.map((key) => {
        const body = rows.get(key);
        return body === undefined ? undefined : decodedRow(body);
      });
    },
    async list(options) {
      const { rows, next } = await driver.list(name, queryOf(table, options));
      const page = rows.map(({ body }) => decodedRow(body));
      return next === undefined ? { rows: page } : { rows: page, cursor: encodedCursor(next) };
    },
    count: (options) => driver.count(name, queryOf(table, { ...options, limit: 1 })),
  };
}

interface Prepared {
  readonly row: AnyRow;
  readonly change: TableChange;
}

const reads = ["get", "getEntry", "getMany", "list", "count"] as const;
const writes = ["put", "insert", "update", "delete"] as const;

/** How the spans of each operation look. */
type Forms = Readonly<Record<(typeof reads | typeof writes)[number], SpanForm>>;

/** Makes the writes of a table; `forms` are of those inside a transaction. */
function makeWriting(table: AnyTable, driver: TableDriver, forms: Forms): object {
  const { name } = table;
  const versioned = ({ version }: ChangeOptions = {}): { version?: number } =>
    version === undefined ? {} : { version };

  const putting = async (given: unknown, options?: ChangeOptions): Promise<Prepared> => {
    const row = await validRow(table, given);
    const [key, body] = [keyOfRow(table, row), encodedRow(table, row)];
    return { row, change: { kind: "put", key, body, ...versioned(options) } };
  };
  const deleting = (key: unknown, options?: ChangeOptions): TableChange => ({
    kind: "delete",
    key: encodedKey(table, key),
    ...versioned(options),
  });
  const updating = async (
    key: unknown,
    patch: AnyRow,
    options: ChangeOptions = {},
  ): Promise<Prepared> => {
    const encoded = encodedKey(table, key);
    const [stored] = await driver.get(name, [encoded]);
    if (stored === undefined) {
      throw coreErrors.MOR_NOT_FOUND(`table ${name}: there is no row ${keyText(encoded)}`);
    }
    const version = options.version ?? stored.version;
    const prepared = await putting({ ...decodedRow(stored.body), ...patch }, { version });
    if (prepared.change.key === encoded) return prepared;
    throw tableErrors.MOR_TABLE_KEY(`table ${name}: an update cannot change the key of a row`);
  };
  const put = async (given: unknown, options?: ChangeOptions): Promise<AnyRow> => {
    const { row, change } = await putting(given, options);
    await driver.write(name, [change]);
    return row;
  };
  const update = async (key: unknown, patch: AnyRow, options?: ChangeOptions): Promise<AnyRow> => {
    for (let attempt = 1; ; attempt++) {
      try {
        const { row, change } = await updating(key, patch, options);
        await driver.write(name, [change]);
        return row;
      } catch (error) {
        const overtaken = MorningError.is(error, "MOR_CONFLICT") && options?.version === undefined;
        if (!overtaken || attempt >= updateAttemptsMax) throw error;
      }
    }
  };

  return {
    put,
    update,
    insert: (given: unknown) => put(given, { version: 0 }),
    async delete(key: unknown, options?: ChangeOptions) {
      const [found] = await driver.write(name, [deleting(key, options)]);
      return found === true;
    },
    [transactional](writes: Writes) {
      const add = (prepared: Promise<TableChange>): void => {
        const statements = async (): Promise<readonly Statement[]> =>
          driver.statements(name, [await prepared]);
        writes.add(statements(), []);
      };
      const changeOf = async (prepared: Promise<Prepared>): Promise<TableChange> =>
        (await prepared).change;
      return {
        put(given: unknown, options?: ChangeOptions) {
          writes.span?.(forms.put);
          add(changeOf(putting(given, options)));
        },
        insert(given: unknown) {
          writes.span?.(forms.insert);
          add(changeOf(putting(given, { version: 0 })));
        },
        update(key: unknown, patch: AnyRow, options?: ChangeOptions) {
          writes.span?.(forms.update);
          add(changeOf(updating(key, patch, options)));
        },
        delete(key: unknown, options?: ChangeOptions) {
          writes.span?.(forms.delete);
          add((async () => deleting(key, options))());
        },
      };
    },
  };
}

/** The tables of an app at run time. */
export interface TableRuntime extends CapabilityRuntime {
  readonly tables: readonly AnyTable[];
  readonly driver: TableDriver;
}

/** Makes tables and their indexes, then hands out what is held. */
export async function openTables(
  host: Host,
  driver: TableDriver,
  resources: readonly Resource[],
): Promise<TableRuntime> {
  const tables = resources as readonly AnyTable[];
  await driver.declare(tables.map(({ name, indexes }) => ({ name, indexes })));
  host.metrics.describe("morning_table_calls_total", "Objects handed out to holders of tables.");
  return {
    tables,
    driver,
    hold(capability: Capability, { service }: Holder) {
      const table = capability.resource as AnyTable;
      const system = host.engines?.get("table") ?? "sqlite";
      const forms = storeForms(system, "table", table.name, [...reads, ...writes]);
      const reading = capability.verb === "write" ? {} : makeReading(table, driver);
      const writing = capability.verb === "read" ? {} : makeWriting(table, driver, forms);
      return tracedHeld({ ...reading, ...writing }, host.tracing.tracerFor(service), forms);
    },
    close: () => driver.close(),
  };
}
