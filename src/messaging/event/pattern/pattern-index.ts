import { sameElements } from "./consistency.ts";
import { internPath, noFields, noPaths, readFields, type Fields, type Paths } from "./fields.ts";
import { leavesTest } from "./leaf.ts";
import type { Branch, Constraint, Leaf, Pattern } from "./pattern.ts";
import {
  addBranch,
  findChildren,
  mayBeAbsent,
  ruleNode,
  type BranchEntry,
  type RuleEntry,
  type RuleNode,
  type SharedConstraint,
} from "./rule-tree.ts";

/** Rules compiled for matching. */
export interface PatternIndex {
  /** Number of rules. */
  readonly size: number;
  /**
   * Rules not matched because a limit was reached while an event was read or compared (more than
   * 1,000 levels of arrays; 1,000,000 steps among elements of arrays), since the index was made.
   */
  readonly undecided: number;
  /** Adds a rule; a rule of the same id is replaced. */
  add(id: string, pattern: Pattern): void;
  /** Removes a rule; whether there was one. */
  remove(id: string): boolean;
  /** Whether there is a rule of this id. */
  has(id: string): boolean;
  /** The ids of all rules that match an event (parsed JSON), each once, in no order. */
  match(event: unknown): string[];
  /**
   * Calls `visit` with the id of each rule that matches, each once, in no order; allocates nothing
   * for events without arrays of objects. `visit` must not change or ask this index.
   */
  forEachMatch(event: unknown, visit: (id: string) => void): void;
}

function leafChance(leaf: Leaf): number {
  switch (leaf.op) {
    case "exact":
      if (typeof leaf.value === "boolean") return 0.5;
      return leaf.value === null ? 0.1 : 0.02;
    case "prefix":
    case "suffix":
      return leaf.text === "" ? 0.9 : 0.05;
    case "equals-ignore-case":
      return 0.02;
    case "wildcard":
      return 0.1;
    case "numeric":
      return leaf.min === leaf.max ? 0.02 : 0.3;
    case "cidr":
      return 0.1;
    case "exists":
      return leaf.present ? 0.8 : 1;
    case "anything-but":
      return 0.9;
  }
}

interface Engine {
  paths: Paths;
  fields: Fields;
  root: RuleNode;
  /** Constraints by what they say, so that branches share them. */
  constraints: Map<string, SharedConstraint>;
  /** Counts the events; what carries the current turn was done for the current event. */
  turn: number;
  undecided: number;
}

function emptyEngine(): Engine {
  return {
    paths: noPaths(),
    fields: noFields(),
    root: ruleNode(),
    constraints: new Map(),
    turn: 0,
    undecided: 0,
  };
}

/** Infinite ends have no JSON of their own. */
function constraintKey({ path, leaves }: Constraint): string {
  return JSON.stringify([path, leaves], (_, value: unknown) =>
    value === Infinity || value === -Infinity ? String(value) : value,
  );
}

function share(engine: Engine, constraint: Constraint): SharedConstraint {
  const key = constraintKey(constraint);
  const known = engine.constraints.get(key);
  if (known !== undefined) return known;
  const { path, leaves } = constraint;
  const chances = leaves.map(leafChance);
  const shared: SharedConstraint = {
    pathId: internPath(engine.paths, path),
    leaves,
    test: leavesTest(leaves.filter((leaf) => leaf.op !== "exists" || leaf.present)),
    absent: leaves.some((leaf) => leaf.op === "exists" && !leaf.present),
    chance: Math.min(
      1,
      chances.reduce((sum, chance) => sum + chance, 0),
    ),
    turn: -1,
    holds: false,
  };
  engine.constraints.set(key, shared);
  return shared;
}

function addBranches(engine: Engine, rule: RuleEntry, branches: readonly Branch[]): void {
  for (const branch of branches) {
    const constraints = branch.map((constraint) => share(engine, constraint));
    addBranch(engine.root, { rule, constraints });
  }
}

function mayHold(fields: Fields, { pathId, test, absent }: SharedConstraint): boolean {
  for (let field = fields.heads[pathId] ?? -1; field >= 0; field = fields.nexts[field] ?? -1) {
    if (test(fields.values[field] ?? null)) return true;
  }
  return absent && mayBeAbsent(fields, pathId);
}

function holdsThisTurn(engine: Engine, constraint: SharedConstraint): boolean {
  if (constraint.turn !== engine.turn) {
    constraint.turn = engine.turn;
    constraint.holds = mayHold(engine.fields, constraint);
  }
  return constraint.holds;
}

/** Whether elements of arrays can make the constraints contradict each other. */
function needsSameElements(fields: Fields, { constraints }: BranchEntry): boolean {
  if (fields.placeCount === 1) return false;
  let within = 0;
  for (const { pathId, absent } of constraints) {
    let field = fields.heads[pathId] ?? -1;
    while (field >= 0 && fields.fieldPlaces[field] === 0) field = fields.nexts[field] ?? -1;
    if (field < 0) continue;
    within++;
    if (absent || within > 1) return true;
  }
  return false;
}

function branchMatches(engine: Engine, branch: BranchEntry): boolean {
  for (const constraint of branch.constraints) {
    if (!holdsThisTurn(engine, constraint)) return false;
  }
  if (!needsSameElements(engine.fields, branch)) return true;
  const answer = sameElements(engine.fields, branch.constraints);
  if (answer === "undecided") engine.undecided++;
  return answer === "consistent";
}

function examine(engine: Engine, node: RuleNode, visit: (id: string) => void): void {
  for (const branch of node.branches) {
    const { rule } = branch;
    if (rule.removed || rule.turn === engine.turn || !branchMatches(engine, branch)) continue;
    rule.turn = engine.turn;
    visit(rule.id);
  }
}

/** Removed rules stay in the tree until they are this many, and more than those that live. */
const removedMin = 64;

/**
 * An index of event patterns. An event is compared through structures over values (hashes, radix
 * trees, segment trees, an automaton), so that the cost follows the event and the rules that
 * match, or nearly match, but not the number of rules.
 *
 * Each branch of a rule is filed in a tree under the constraint that lets the fewest events
 * through; where many branches share it they are divided by the next one. What is reached is
 * examined exactly, arrays included.
 * @example
 * const index = compileRules();
 * index.add("big-orders", parsePattern({ detail: { total: [{ numeric: [">", 100] }] } }));
 * index.match({ detail: { total: 250 } }); // ["big-orders"]
 */
export function compileRules(): PatternIndex {
  const rules = new Map<string, { readonly entry: RuleEntry; readonly pattern: Pattern }>();
  const engine = emptyEngine();
  const nodes: RuleNode[] = [];
  let removed = 0;
  const reach = (node: RuleNode): void => {
    if (node.turn === engine.turn) return;
    node.turn = engine.turn;
    // The constraint that led here need not be tested again.
    const { constraint } = node;
    if (constraint !== undefined) {
      constraint.turn = engine.turn;
      constraint.holds = true;
    }
    nodes.push(node);
  };
  const rebuild = (): void => {
    const { turn, undecided } = engine;
    Object.assign(engine, emptyEngine(), { turn, undecided });
    for (const { entry, pattern } of rules.values()) addBranches(engine, entry, pattern.branches);
    removed = 0;
  };
  const remove = (id: string): boolean => {
    const rule = rules.get(id);
    if (rule === undefined) return false;
    rule.entry.removed = true;
    rules.delete(id);
    if (++removed > Math.max(removedMin, rules.size)) rebuild();
    return true;
  };
  const forEachMatch = (event: unknown, visit: (id: string) => void): void => {
    engine.turn++;
    readFields(engine.fields, engine.paths, event);
    if (engine.fields.cut) engine.undecided++;
    nodes.length = 0;
    reach(engine.root);
    for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
      examine(engine, node, visit);
      if (node.division !== undefined) findChildren(node.division, engine.fields, reach);
    }
  };
  return {
    get size() {
      return rules.size;
    },
    get undecided() {
      return engine.undecided;
    },
    add(id, pattern) {
      remove(id);
      const entry = { id, removed: false, turn: -1 };
      rules.set(id, { entry, pattern });
      addBranches(engine, entry, pattern.branches);
    },
    remove,
    has: (id) => rules.has(id),
    forEachMatch,
    match(event) {
      const ids: string[] = [];
      forEachMatch(event, (id) => ids.push(id));
      return ids;
    },
  };
}

/** Whether one pattern matches one event; for many patterns or events use {@link compileRules}. */
export function matches(pattern: Pattern, event: unknown): boolean {
  const index = compileRules();
  index.add("pattern", pattern);
  return index.match(event).length > 0;
}
