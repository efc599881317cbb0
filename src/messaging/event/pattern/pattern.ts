import type { AddressRange } from "./address.ts";

/** A JSON value without structure: what a leaf of a pattern is compared with. */
export type Scalar = string | number | boolean | null;

/** `prefix` and `suffix`, plain or with `equals-ignore-case`. */
export interface AffixLeaf {
  readonly op: "prefix" | "suffix";
  /** Folded (see `fold`) when `ignoreCase` is set. */
  readonly text: string;
  readonly ignoreCase: boolean;
}

/** A literal value; `address` is set when the text is an IP address, whose spellings are equal. */
export interface ExactLeaf {
  readonly op: "exact";
  readonly value: Scalar;
  readonly address?: AddressRange;
}

/** `equals-ignore-case`; `text` is folded. */
export interface IgnoreCaseLeaf {
  readonly op: "equals-ignore-case";
  readonly text: string;
}

/** `wildcard`; `parts` are the literals between the stars, so one part means no star. */
export interface WildcardLeaf {
  readonly op: "wildcard";
  readonly text: string;
  readonly parts: readonly string[];
}

/** `numeric`: an interval; a missing end is infinite. */
export interface NumericLeaf {
  readonly op: "numeric";
  readonly min: number;
  readonly minOpen: boolean;
  readonly max: number;
  readonly maxOpen: boolean;
}

/** `exists`: the path holds a value (an empty array or an object is no value). */
export interface ExistsLeaf {
  readonly op: "exists";
  readonly present: boolean;
}

/** `cidr`: an IPv4 or IPv6 network. */
export interface CidrLeaf {
  readonly op: "cidr";
  readonly text: string;
  readonly network: AddressRange;
}

/** What may stand inside `anything-but`. */
export type PositiveLeaf = ExactLeaf | AffixLeaf | IgnoreCaseLeaf | WildcardLeaf;

/** `anything-but`: the path holds a value that none of `but` matches. */
export interface AnythingButLeaf {
  readonly op: "anything-but";
  readonly but: readonly PositiveLeaf[];
}

/** One alternative of a pattern's list. */
export type Leaf = PositiveLeaf | NumericLeaf | ExistsLeaf | CidrLeaf | AnythingButLeaf;

/** The alternatives that a pattern gives for one path. */
export interface Constraint {
  /** Keys joined by dots, as EventBridge joins them: `detail.state`. */
  readonly path: string;
  readonly leaves: readonly Leaf[];
}

/** One choice through every `$or`: constraints that must all hold, sorted by path. */
export type Branch = readonly Constraint[];

/** A validated event pattern; made by {@link parsePattern} alone. Plain immutable data. */
export interface Pattern {
  /** The pattern as given, parsed. */
  readonly source: Readonly<Record<string, unknown>>;
  /** Alternatives made by `$or`, one when there is none; any of them matches. */
  readonly branches: readonly Branch[];
}

/** Upper- and lower-case letters made equal: Unicode's default lower-case mapping. */
export function fold(text: string): string {
  return text.toLowerCase();
}
