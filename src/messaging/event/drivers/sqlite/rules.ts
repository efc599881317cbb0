import type { Host } from "../../../../core/host.ts";
import { compileInput, compileRules, parsePattern } from "../../driver.ts";
import type { CompiledInput, EventEnvelope, SubscriptionSpec } from "../../driver.ts";

/** A subscription ready to be delivered to. */
export interface Rule {
  readonly spec: SubscriptionSpec;
  readonly input?: CompiledInput;
  readonly ruleName: string;
  readonly ruleArn: string;
}

/** All subscriptions, compiled. */
export interface Rules {
  readonly list: readonly Rule[];
  has(name: string): boolean;
  /** The rules that match, in the order of their declaration. */
  match(envelope: EventEnvelope): readonly Rule[];
}

/**
 * Compiles subscriptions.
 * @throws MOR_EVENT_PATTERN_INVALID, MOR_EVENT_INPUT_INVALID
 */
export function compileSubscriptions(
  host: Pick<Host, "physicalName">,
  specs: readonly SubscriptionSpec[],
): Rules {
  const index = compileRules();
  const bus = host.physicalName("event-bus", "bus");
  const places = new Map<string, number>();
  const list = specs.map((spec, place): Rule => {
    index.add(spec.name, parsePattern(spec.pattern));
    places.set(spec.name, place);
    const ruleName = host.physicalName("rule", spec.name);
    const ruleArn = `arn:aws:events:local:000000000000:rule/${bus}/${ruleName}`;
    if (spec.input === undefined) return { spec, ruleName, ruleArn };
    const input = compileInput(spec.input, `subscription ${spec.name}`);
    return { spec, ruleName, ruleArn, input };
  });
  return {
    list,
    has: (name) => places.has(name),
    match(envelope) {
      const found: number[] = [];
      index.forEachMatch(envelope, (id) => found.push(places.get(id) ?? 0));
      if (found.length > 1) found.sort((a, b) => a - b);
      return found.map((place) => list[place] as Rule);
    },
  };
}
