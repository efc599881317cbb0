import type { Clock } from "../../core/clock.ts";
import type { Ids } from "../../core/ids.ts";
import type { Filter } from "../signals/filter.ts";
import type { Signal } from "../signals/records.ts";
import type { Dropped, SignalReader } from "../signals/store.ts";
import type { ErrorGroups } from "../errors/groups.ts";
import type { MapBook } from "../errors/map-book.ts";
import type { PatternBook } from "../logs/pattern-book.ts";
import type { SavedViews } from "./saved.ts";

/** What the query language offers to whoever types in it. */
export interface QueryLanguage {
  /** @throws MOR_LOGS_QUERY with where it is wrong */
  parse(text: string, signal: Signal): Filter;
}

/** What the API of telemetry stands on. */
export interface ApiParts {
  readonly reader: SignalReader;
  readonly language: QueryLanguage;
  readonly groups: ErrorGroups;
  readonly sourceMaps: MapBook;
  readonly patterns: PatternBook;
  readonly saved: SavedViews;
  /** Services of the app, and the folder that their sources lie in. */
  readonly services: ReadonlySet<string>;
  readonly root: string;
  readonly clock: Clock;
  readonly ids: Ids;
  dropped(): Promise<readonly Dropped[]>;
}
