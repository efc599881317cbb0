import type { KnownOrigin, Origins, Stretch } from "./origin.ts";
import type { Wire } from "./reader.ts";
import type { Sheet } from "../sheet.ts";

/** Names of the three levels of a request, as the protocol writes them. */
export interface Levels {
  readonly fields: readonly [string, string, string];
  readonly messages: readonly [string, string, string];
}

/** The levels of each signal's request. */
export const levels: Readonly<Record<"logs" | "traces" | "metrics", Levels>> = {
  logs: {
    fields: ["resource_logs", "scope_logs", "log_records"],
    messages: ["ResourceLogs", "ScopeLogs", "LogRecord"],
  },
  traces: {
    fields: ["resource_spans", "scope_spans", "spans"],
    messages: ["ResourceSpans", "ScopeSpans", "Span"],
  },
  metrics: {
    fields: ["resource_metrics", "scope_metrics", "metrics"],
    messages: ["ResourceMetrics", "ScopeMetrics", "Metric"],
  },
};

const groupKnown = 0b1110;

/**
 * Walks a request: resources, in them scopes, in them records. All three requests have the same
 * field numbers: 1 for the resource or scope, 2 for what is in it, 3 for the schema's address.
 */
export class Walk {
  private readonly wire: Wire;
  private readonly origins: Origins;
  private readonly indexes: [number, number, number] = [-1, -1, -1];
  private names: Levels = levels.logs;

  constructor(wire: Wire, origins: Origins) {
    this.wire = wire;
    this.origins = origins;
  }

  /** Which record is being read: `resource_logs[0].scope_logs[0].log_records[17]`. */
  where(): string {
    const { fields } = this.names;
    const parts = fields.map((field, level) => `${field}[${this.indexes[level]}]`);
    const known = this.indexes.findIndex((index) => index < 0);
    return parts.slice(0, known < 0 ? 3 : known).join(".");
  }

  /**
   * Calls `scope` before the records of a scope, then `record` with where each ends; `record` reads
   * it from `wire.at`.
   */
  request(
    names: Levels,
    sheet: Sheet,
    scope: (origin: KnownOrigin) => void,
    record: (end: number) => void,
  ): void {
    const { wire, indexes } = this;
    this.names = names;
    indexes.fill(-1);
    wire.message = "request";
    const end = wire.bytes.length;
    while (wire.at < end) {
      wire.message = "request";
      const tag = wire.tag(end);
      if (tag !== 0x0a) {
        wire.skip(tag, end, 0b10);
        continue;
      }
      const stop = wire.length(end);
      indexes[0]++;
      indexes[1] = -1;
      this.resource(stop, (resource, scopeEnd) => {
        const within = this.within(scopeEnd, names.messages[1]);
        scope(this.origins.of(sheet, resource, within));
        wire.message = names.messages[1];
        this.records(scopeEnd, names.messages, record);
      });
    }
  }

  private resource(end: number, each: (resource: Stretch, scopeEnd: number) => void): void {
    const { wire, indexes } = this;
    const resource = this.within(end, this.names.messages[0]);
    while (wire.at < end) {
      wire.message = this.names.messages[0];
      const tag = wire.tag(end);
      if (tag !== 0x12) {
        wire.step(tag & 7, end);
        continue;
      }
      const stop = wire.length(end);
      indexes[1]++;
      indexes[2] = -1;
      each(resource, stop);
    }
  }

  private records(end: number, messages: Levels["messages"], record: (end: number) => void): void {
    const { wire, indexes } = this;
    while (wire.at < end) {
      const tag = wire.tag(end);
      if (tag !== 0x12) {
        wire.step(tag & 7, end);
        continue;
      }
      const stop = wire.length(end);
      indexes[2]++;
      wire.message = messages[2];
      record(stop);
      wire.message = messages[1];
    }
  }

  /**
   * Finds field 1 of the message that ends at `end`, wherever in it that lies, and checks its other
   * fields; leaves `wire.at` where it was.
   */
  private within(end: number, message: string): Stretch {
    const { wire } = this;
    const back = wire.at;
    const found = { start: back, end: back };
    wire.message = message;
    while (wire.at < end) {
      const tag = wire.tag(end);
      if (tag === 0x0a) {
        found.end = wire.length(end);
        found.start = wire.at;
        wire.at = found.end;
      } else if (tag === 0x12 || tag === 0x1a) wire.at = wire.length(end);
      else wire.skip(tag, end, groupKnown);
    }
    wire.at = back;
    return found;
  }
}
