import type { Clock } from "../../core/clock.ts";
import type { Store } from "../../core/store.ts";
import { placeholders } from "../../engines/sql.ts";
import { parseSourceMap, sourceMaps } from "./sourcemaps.ts";
import type { MappedFrame, SourceMaps } from "./sourcemaps.ts";
import type { Frame } from "./stack.ts";

/** A source map that was uploaded. */
export interface UploadedMap {
  readonly release: string;
  readonly file: string;
  readonly bytes: number;
  readonly uploadedAtMs: number;
}

/** Source maps that outlive the process; those that are used are held in memory. */
export interface MapBook {
  /** @throws MOR_ERRORS_SOURCE_MAP */
  upload(release: string, file: string, text: string): Promise<void>;
  /** The last uploaded first, at most 500. */
  list(): Promise<readonly UploadedMap[]>;
  delete(release: string, file: string): Promise<void>;
  /** Leads frames of `release` to their source. */
  map(release: string, frames: readonly Frame[]): Promise<readonly MappedFrame[]>;
}

/** Source maps that are kept; the oldest go first. */
const mapsMax = 500;

/** Opens the book of source maps in `store`, whose schema the error groups bring. */
export function openMapBook(store: Store, clock: Clock): MapBook {
  const sql = (text: string): string => placeholders(store.dialect, text);
  const held: SourceMaps = sourceMaps();
  const read = new Set<string>();
  const hold = async (release: string): Promise<void> => {
    if (read.has(release) || release === "") return;
    read.add(release);
    const text = sql("select file, text from source_map where release = ? limit ?");
    for (const row of await store.read(text, [release, mapsMax])) {
      held.put(release, String(row["file"]), String(row["text"]));
    }
  };
  return {
    async upload(release, file, text) {
      parseSourceMap(file, text);
      const insert = `insert into source_map (release, file, bytes, uploaded_at, text)
        values (?, ?, ?, ?, ?) on conflict (release, file) do update set
        bytes = excluded.bytes, uploaded_at = excluded.uploaded_at, text = excluded.text`;
      const trim = `delete from source_map where uploaded_at < (select min(uploaded_at) from
        (select uploaded_at from source_map order by uploaded_at desc limit ?) as kept)`;
      await store.write({
        statements: [
          { sql: sql(insert), params: [release, file, text.length, clock.now(), text] },
          { sql: sql(trim), params: [mapsMax] },
        ],
      });
      read.delete(release);
    },
    async list() {
      const text = `select release, file, bytes, uploaded_at from source_map
        order by uploaded_at desc, release, file limit ?`;
      return (await store.read(sql(text), [mapsMax])).map((row) => ({
        release: String(row["release"]),
        file: String(row["file"]),
        bytes: Number(row["bytes"]),
        uploadedAtMs: Number(row["uploaded_at"]),
      }));
    },
    async delete(release, file) {
      const text = "delete from source_map where release = ? and file = ?";
      await store.write({ statements: [{ sql: sql(text), params: [release, file] }] });
    },
    async map(release, frames) {
      await hold(release);
      return frames.map((frame) => held.map(release, frame));
    },
  };
}
