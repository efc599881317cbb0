import { originalPositionFor, sourceContentFor, TraceMap } from "@jridgewell/trace-mapping";
import { groupErrors } from "./errors.ts";
import type { Frame } from "./stack.ts";

/** A frame where its source lies, with the lines around it where the map has them. */
export interface MappedFrame extends Frame {
  /** The frame as it was told, where a source map led elsewhere. */
  readonly generated?: Frame;
  readonly context?: {
    readonly before: readonly string[];
    readonly line: string;
    readonly after: readonly string[];
  };
}

/** The largest source map, bytes. */
export const sourceMapBytesMax: number = 16 * 2 ** 20;

/** Bytes of maps that are kept in memory; the least used go first. */
const heldBytesMax = 128 * 2 ** 20;
const contextLines = 5;

/** Source maps of releases, by the file that they are of. */
export interface SourceMaps {
  /**
   * Takes the map of `file` (`assets/app.js`) as `release` shipped it.
   * @throws MOR_ERRORS_SOURCE_MAP
   */
  put(release: string, file: string, text: string): void;
  /** Leads a frame of `release` to its source; the same frame where there is no map. */
  map(release: string, frame: Frame): MappedFrame;
  has(release: string): boolean;
}

/**
 * Parses a source map.
 * @throws MOR_ERRORS_SOURCE_MAP
 */
export function parseSourceMap(file: string, text: string): TraceMap {
  try {
    if (text.length > sourceMapBytesMax) throw new RangeError("it is larger than 16 MiB");
    const map = new TraceMap(text);
    if (map.version !== 3) throw new RangeError(`its version is ${String(map.version)}`);
    return map;
  } catch (cause) {
    const message = `the source map of ${file} cannot be read: ${(cause as Error).message}`;
    throw groupErrors.MOR_ERRORS_SOURCE_MAP(message, { cause });
  }
}

/** A URL or path without host and query, as files are named in an upload. */
function pathOf(file: string): string {
  return file
    .replace(/^[a-z]+:\/\/[^/]*\//i, "")
    .replace(/^[~/]+/, "")
    .replace(/[?#].*$/, "");
}

function around(content: string, line: number): NonNullable<MappedFrame["context"]> | undefined {
  const lines = content.split("\n");
  const at = lines[line - 1];
  if (at === undefined) return undefined;
  return {
    before: lines.slice(Math.max(0, line - 1 - contextLines), line - 1),
    line: at,
    after: lines.slice(line, line + contextLines),
  };
}

function mapped(map: TraceMap, frame: Frame): MappedFrame {
  const column = Math.max(0, frame.column - 1);
  const found = originalPositionFor(map, { line: Math.max(1, frame.line), column });
  if (found.source === null) return frame;
  const content = sourceContentFor(map, found.source);
  const context = content === null ? undefined : around(content, found.line);
  return {
    file: found.source,
    function: found.name ?? frame.function,
    line: found.line,
    column: found.column + 1,
    inApp: !found.source.includes("node_modules/"),
    generated: frame,
    ...(context === undefined ? {} : { context }),
  };
}

/** No maps yet. */
export function sourceMaps(): SourceMaps {
  const held = new Map<string, { readonly map: TraceMap; readonly bytes: number }>();
  let bytes = 0;
  const keyOf = (release: string, file: string): string => `${release}\u0000${pathOf(file)}`;
  const forget = (key: string): void => {
    bytes -= held.get(key)?.bytes ?? 0;
    held.delete(key);
  };
  return {
    put(release, file, text) {
      const map = parseSourceMap(file, text);
      const key = keyOf(release, file);
      forget(key);
      held.set(key, { map, bytes: text.length });
      bytes += text.length;
      for (const oldest of held.keys()) {
        if (bytes <= heldBytesMax) break;
        forget(oldest);
      }
    },
    map(release, frame) {
      const key = keyOf(release, frame.file);
      const found = held.get(key);
      if (found === undefined || frame.line < 1) return frame;
      // Used last, so it goes last.
      held.delete(key);
      held.set(key, found);
      return mapped(found.map, frame);
    },
    has: (release) => [...held.keys()].some((key) => key.startsWith(`${release}\u0000`)),
  };
}
