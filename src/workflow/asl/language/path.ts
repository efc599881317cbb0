import type { RE2JS } from "re2js";
import type { Json } from "../../../core/json.ts";

/** One step of a JSONPath. */
export type Segment =
  | { readonly kind: "keys"; readonly keys: readonly string[] }
  /** Several keys at the end of a path: one object of them. */
  | { readonly kind: "merge"; readonly keys: readonly string[] }
  | { readonly kind: "indices"; readonly indices: readonly number[] }
  | { readonly kind: "slice"; readonly from?: number; readonly to?: number; readonly step: number }
  | { readonly kind: "wildcard" }
  | { readonly kind: "descendants" }
  | { readonly kind: "filter"; readonly filter: Filter };

/** What a path begins at: the input, the context object, or a variable. */
export type PathRoot =
  | { readonly kind: "input" }
  | { readonly kind: "context" }
  | { readonly kind: "variable"; readonly name: string };

/** A parsed path. */
export interface Path {
  readonly text: string;
  readonly root: PathRoot;
  readonly segments: readonly Segment[];
  /** It names one place: its value is what stands there, not a list of matches. */
  readonly definite: boolean;
}

/** What a comparison of a filter stands between. */
export type Operand =
  | { readonly kind: "path"; readonly path: Path }
  | { readonly kind: "literal"; readonly value: Json }
  | { readonly kind: "regex"; readonly regex: RE2JS };

/** A filter expression: `?(@.price < 10 && @.name =~ "a.*")`. */
export type Filter =
  | { readonly kind: "or" | "and"; readonly parts: readonly Filter[] }
  | { readonly kind: "not"; readonly part: Filter }
  | { readonly kind: "exists"; readonly operand: Operand }
  | {
      readonly kind: "compare";
      readonly operator: string;
      readonly left: Operand;
      readonly right: Operand;
    };

/** What paths read from. */
export interface Roots {
  readonly input: Json | undefined;
  readonly context: () => Json;
  readonly variable: (name: string) => Json | undefined;
}

/** A path that found nothing; the message says where it ended, as Jayway's JsonPath does. */
export class PathMissing extends Error {}
