import type { Row, SqlValue } from "../../core/store.ts";
import type { MorningErrorData } from "../../core/errors.ts";
import type { GroupMessage, Tape } from "./tape.ts";
import type { Failure } from "./failures.ts";
import type { ReadLimits } from "./reads.ts";

/** What the writer's thread is started with. */
export interface WriterData {
  readonly path: string;
  readonly cacheKib: number;
}

/** What the writer's thread is asked; a group is a bare array, since it is most of the traffic. */
export type WriterRequest = GroupMessage | { readonly kind: "checkpoint" | "close" };

/** Its answers, one a request and in the same order; the first answers its opening. */
export type WriterReply =
  | Tape
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly failure: Failure };

/** What the reading thread is asked. */
export type ReaderRequest =
  | {
      readonly kind: "read";
      readonly id: number;
      readonly sql: string;
      readonly params: readonly SqlValue[];
      readonly limits: ReadLimits;
    }
  | { readonly kind: "backup"; readonly id: number; readonly to: string };

/** Its answers. */
export type ReaderReply =
  | { readonly kind: "rows"; readonly id: number; readonly rows: readonly Row[] }
  | { readonly kind: "failed"; readonly id: number; readonly error: MorningErrorData };
