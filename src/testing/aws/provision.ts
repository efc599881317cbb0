import type { InfraFragment, InfraResource, InfraScope, InfraValue } from "../../core/infra.ts";
import { physicalName } from "../../core/names.ts";

/** What other resources may ask of one that was made: `Ref`, and attributes by name. */
export type MadeResource = Readonly<Record<string, string>>;

/** Makes one resource on an emulator; its properties have no references left. */
export type ResourceMaker = (
  properties: Readonly<Record<string, InfraValue>>,
  scope: InfraScope,
) => Promise<MadeResource>;

/** Makers by CloudFormation type; a file of this folder adds those of one service. */
export type ResourceMakers = Readonly<Record<string, ResourceMaker>>;

/**
 * A scope for an emulator; the account is the one that emulators pretend to be unless told
 * otherwise.
 */
export function emulatorScope(options: {
  readonly app: string;
  readonly environment: string;
  readonly region: string;
  readonly account: string;
}): InfraScope {
  const { app, environment } = options;
  return {
    ...options,
    partition: "aws",
    name: (kind, name) => physicalName(app, environment, kind, name),
    logicalId: (kind, name) => `${kind}${name.replaceAll(/[^A-Za-z0-9]+/g, "0")}`,
  };
}

function isReference(value: InfraValue): value is { readonly [key: string]: InfraValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Puts what was made in the place of `Ref` and `Fn::GetAtt`. */
function resolve(value: InfraValue, made: ReadonlyMap<string, MadeResource>): InfraValue {
  if (Array.isArray(value)) return value.map((one: InfraValue) => resolve(one, made));
  if (!isReference(value)) return value;
  const { Ref: ref, "Fn::GetAtt": attribute } = value;
  if (typeof ref === "string") return find(made, ref, "Ref");
  if (Array.isArray(attribute)) return find(made, String(attribute[0]), String(attribute[1]));
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, resolve(one, made)]));
}

class Unmade extends Error {}

function find(made: ReadonlyMap<string, MadeResource>, id: string, attribute: string): string {
  const found = made.get(id)?.[attribute];
  if (found === undefined) throw new Unmade(`${id}.${attribute}`);
  return found;
}

/**
 * Makes the resources of a fragment on an emulator, those that others refer to first.
 * It is the same data that `morning synth` emits, so a contract that passes has tested it too.
 */
export async function provision(
  fragment: InfraFragment,
  scope: InfraScope,
  makers: ResourceMakers,
): Promise<ReadonlyMap<string, MadeResource>> {
  const made = new Map<string, MadeResource>();
  let waiting: [string, InfraResource][] = Object.entries(fragment);
  while (waiting.length > 0) {
    const later: typeof waiting = [];
    for (const [id, resource] of waiting) {
      const properties = resolved(resource, made);
      const maker = makers[resource.Type];
      if (!maker) throw new Error(`${id}: nothing makes ${resource.Type} on an emulator`);
      if (properties) made.set(id, await maker(properties, scope));
      else later.push([id, resource]);
    }
    if (later.length === waiting.length) {
      throw new Error(`refer to each other or to nothing: ${later.map(([id]) => id).join(", ")}`);
    }
    waiting = later;
  }
  return made;
}

function resolved(
  resource: InfraResource,
  made: ReadonlyMap<string, MadeResource>,
): Readonly<Record<string, InfraValue>> | undefined {
  if (resource.DependsOn?.some((id) => !made.has(id))) return undefined;
  try {
    return resolve(resource.Properties, made) as Record<string, InfraValue>;
  } catch (error) {
    if (error instanceof Unmade) return undefined;
    throw error;
  }
}
