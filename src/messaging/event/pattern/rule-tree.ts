import type { Fields } from "./fields.ts";
import type { ValueTest } from "./leaf.ts";
import type { Leaf } from "./pattern.ts";
import { addLeaf, findTargets, valueIndex, type Found, type ValueIndex } from "./value-index.ts";

/** A constraint shared by all branches that state it; its result is kept for one event. */
export interface SharedConstraint {
  readonly pathId: number;
  readonly leaves: readonly Leaf[];
  readonly test: ValueTest;
  readonly absent: boolean;
  /** How probable an event satisfies it, guessed from its operators. */
  readonly chance: number;
  /** The event for which `holds` was found. */
  turn: number;
  holds: boolean;
}

/** A rule in the index. */
export interface RuleEntry {
  readonly id: string;
  removed: boolean;
  /** The event that it matched last. */
  turn: number;
}

/** One branch of a rule's pattern, constraints sorted by path. */
export interface BranchEntry {
  readonly rule: RuleEntry;
  readonly constraints: readonly SharedConstraint[];
}

/**
 * A node of the tree that finds candidates: branches that share the constraints on the way to it.
 * An event goes to a child only when it satisfies the child's constraint.
 */
export interface RuleNode {
  readonly trail: readonly SharedConstraint[];
  /** Branches examined here one by one. */
  branches: BranchEntry[];
  /** Branches here and below. */
  population: number;
  readonly children: Map<SharedConstraint, RuleNode>;
  readonly pathIds: number[];
  readonly indexes: Map<number, ValueIndex<RuleNode>>;
  /** Children whose constraint accepts that its path is absent. */
  readonly absent: { readonly pathId: number; readonly child: RuleNode }[];
  divided: boolean;
  /** The event that visited it last. */
  turn: number;
}

/** More branches than this divide a node: fewer are examined sooner than looked up. */
const branchesMax = 4;

/** A node without branches. */
export function ruleNode(trail: readonly SharedConstraint[]): RuleNode {
  return {
    trail,
    branches: [],
    population: 0,
    children: new Map(),
    pathIds: [],
    indexes: new Map(),
    absent: [],
    divided: false,
    turn: -1,
  };
}

function childOf(node: RuleNode, constraint: SharedConstraint): RuleNode {
  const known = node.children.get(constraint);
  if (known !== undefined) return known;
  const child = ruleNode([...node.trail, constraint]);
  node.children.set(constraint, child);
  const { pathId } = constraint;
  let index = node.indexes.get(pathId);
  if (index === undefined) {
    index = valueIndex();
    node.indexes.set(pathId, index);
    node.pathIds.push(pathId);
  }
  for (const leaf of constraint.leaves) addLeaf(index, leaf, child);
  if (constraint.absent) node.absent.push({ pathId, child });
  return child;
}

/** The constraint to find a branch by: the one that lets the fewest events through to the fewest. */
function keenest(node: RuleNode, branch: BranchEntry): SharedConstraint | undefined {
  let best: SharedConstraint | undefined;
  let bestCost = Infinity;
  for (const constraint of branch.constraints) {
    if (node.trail.includes(constraint)) continue;
    const cost = constraint.chance * (1 + (node.children.get(constraint)?.population ?? 0));
    if (cost >= bestCost) continue;
    best = constraint;
    bestCost = cost;
  }
  return best;
}

function routeDown(node: RuleNode, branch: BranchEntry): void {
  const constraint = keenest(node, branch);
  if (constraint === undefined) node.branches.push(branch);
  else addBranch(childOf(node, constraint), branch);
}

/** Adds a branch below a node. */
export function addBranch(node: RuleNode, branch: BranchEntry): void {
  node.population++;
  if (node.divided) {
    routeDown(node, branch);
    return;
  }
  node.branches.push(branch);
  if (node.branches.length <= branchesMax) return;
  node.divided = true;
  const branches = node.branches;
  node.branches = [];
  for (const moved of branches) routeDown(node, moved);
}

function findAtPath(
  pathId: number,
  index: ValueIndex<RuleNode>,
  fields: Fields,
  found: Found<RuleNode>,
): void {
  for (let field = fields.heads[pathId] ?? -1; field >= 0; field = fields.nexts[field] ?? -1) {
    findTargets(index, fields.values[field] ?? null, found);
  }
}

/** Whether a path may count as absent: it holds nothing, or only within elements of arrays. */
export function mayBeAbsent(fields: Fields, pathId: number): boolean {
  let field = fields.heads[pathId] ?? -1;
  for (; field >= 0; field = fields.nexts[field] ?? -1) {
    if (fields.fieldPlaces[field] === 0) return false;
  }
  return true;
}

/** Calls `found` with the children whose constraint the event may satisfy; some of them twice. */
export function findChildren(node: RuleNode, fields: Fields, found: Found<RuleNode>): void {
  if (node.pathIds.length <= fields.touched.length) {
    for (const pathId of node.pathIds) {
      const index = node.indexes.get(pathId);
      if (index !== undefined) findAtPath(pathId, index, fields, found);
    }
  } else {
    for (const pathId of fields.touched) {
      const index = node.indexes.get(pathId);
      if (index !== undefined) findAtPath(pathId, index, fields, found);
    }
  }
  for (const { pathId, child } of node.absent) if (mayBeAbsent(fields, pathId)) found(child);
}
