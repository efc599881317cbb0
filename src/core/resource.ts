import { coreErrors } from "./errors.ts";

/** Something an app declares: a queue, an event, a table, a service. Plain data, no I/O. */
export interface Resource<Kind extends string = string> {
  readonly kind: Kind;
  /** Unique among the resources of its kind in an app. */
  readonly name: string;
  /** Resources that this one cannot be without: a queue's dead-letter queue. */
  readonly needs?: readonly Resource[];
  /** It watches the others and works on nothing (a metric, an alert): no node of the topology. */
  readonly watches?: true;
  /** It is code, which exactly one service runs: a workflow. */
  readonly code?: true;
}

declare const heldType: unique symbol;

/**
 * The right to do one kind of thing with one resource. Declared in a `uses` map, it is what a
 * service may do: its type, its IAM statement, its edge of the topology.
 */
export interface Capability<Held = unknown, R extends Resource = Resource> {
  readonly resource: R;
  /**
   * What the holder may do: `send`, `consume`, `publish`, `subscribe`, `read`, `write`, `call` ...
   */
  readonly verb: string;
  /** Which way the work flows between the holder and the resource. */
  readonly flow: "out" | "in" | "both";
  /** What narrows it: a subscription's pattern and name. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly [heldType]?: Held;
}

/** What a service holds, by the name it calls it. */
export type Uses = Readonly<Record<string, Capability>>;

/** The objects that a `uses` map turns into at run time. */
export type Held<U extends Uses> = {
  readonly [K in keyof U]: U[K] extends Capability<infer H> ? H : never;
};

/** Makes a capability; called by declarations only. */
export function capability<Held, R extends Resource>(
  resource: R,
  verb: string,
  flow: "out" | "in" | "both",
  options: Readonly<Record<string, unknown>> = {},
): Capability<Held, R> {
  return Object.freeze({ resource, verb, flow, options });
}

const nameForm = /^[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*$/;

/** Longest name of a resource: leaves room for app and environment within AWS's 80 characters. */
export const nameLengthMax = 48;

/**
 * Checks a resource's name: lower-case letters, digits, single dots and hyphens, at most 48
 * characters.
 * @throws MOR_NAME
 */
export function checkName(kind: string, name: string): string {
  if (!nameForm.test(name) || name.length > nameLengthMax) {
    throw coreErrors.MOR_NAME(
      `${kind} ${JSON.stringify(name)}: a name has lower-case letters, digits, single dots and ` +
        `hyphens, begins with a letter, and is at most ${nameLengthMax} characters long`,
    );
  }
  return name;
}
