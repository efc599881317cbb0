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
  readonly parent: RuleNode | undefined;
  /** The constraint that leads here from the parent. */
  readonly constraint: SharedConstraint | undefined;
  /** Branches examined here one by one. */
  branches: BranchEntry[];
  /** Branches here and below. */
  population: number;
  /** Most nodes stay small and never have one. */
  division: Division | undefined;
  /** The event that visited it last. */
  turn: number;
}

interface Division {
  readonly children: Map<SharedConstraint, RuleNode>;
  readonly pathIds: number[];
  readonly indexes: (ValueIndex<RuleNode> | undefined)[];
  /** Children whose constraint accepts that its path is absent. */
  readonly absent: { readonly pathId: number; readonly child: RuleNode }[];
}

/** More branches than this divide a node: fewer are examined sooner than looked up. */
const branchesMax = 4;

/** A node without branches. */
export function ruleNode(parent?: RuleNode, constraint?: SharedConstraint): RuleNode {
  return { parent, constraint, branches: [], population: 0, division: undefined, turn: -1 };
}

function indexAt({ indexes, pathIds }: Division, pathId: number): ValueIndex<RuleNode> {
  const known = indexes[pathId];
  if (known !== undefined) return known;
  const index = valueIndex<RuleNode>();
  while (indexes.length < pathId) indexes.push(undefined);
  indexes[pathId] = index;
  pathIds.push(pathId);
  return index;
}

function childOf(node: RuleNode, division: Division, constraint: SharedConstraint): RuleNode {
  const known = division.children.get(constraint);
  if (known !== undefined) return known;
  const child = ruleNode(node, constraint);
  division.children.set(constraint, child);
  const { pathId } = constraint;
  const index = indexAt(division, pathId);
  for (const leaf of constraint.leaves) addLeaf(index, leaf, child);
  if (constraint.absent) division.absent.push({ pathId, child });
  return child;
}

function ledThrough(node: RuleNode, constraint: SharedConstraint): boolean {
  for (let at: RuleNode | undefined = node; at !== undefined; at = at.parent) {
    if (at.constraint === constraint) return true;
  }
  return false;
}

/** A node of more branches than this costs no more: it is divided, and looked up in turn. */
const crowdMax = 8;

/** The constraint to find a branch by: it lets the fewest events through to the fewest rules. */
function keenest(
  node: RuleNode,
  division: Division,
  branch: BranchEntry,
): SharedConstraint | undefined {
  let best: SharedConstraint | undefined;
  let bestCost = Infinity;
  for (const constraint of branch.constraints) {
    if (ledThrough(node, constraint)) continue;
    const crowd = division.children.get(constraint)?.population ?? 0;
    const cost = constraint.chance * (1 + Math.min(crowd, crowdMax));
    if (cost >= bestCost) continue;
    best = constraint;
    bestCost = cost;
  }
  return best;
}

function routeDown(node: RuleNode, division: Division, branch: BranchEntry): void {
  const constraint = keenest(node, division, branch);
  if (constraint === undefined) node.branches.push(branch);
  else addBranch(childOf(node, division, constraint), branch);
}

/** Adds a branch below a node. */
export function addBranch(node: RuleNode, branch: BranchEntry): void {
  node.population++;
  if (node.division !== undefined) {
    routeDown(node, node.division, branch);
    return;
  }
  node.branches.push(branch);
  if (node.branches.length <= branchesMax) return;
  const division = { children: new Map(), pathIds: [], indexes: [], absent: [] };
  node.division = division;
  const branches = node.branches;
  node.branches = [];
  for (const moved of branches) routeDown(node, division, moved);
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
export function findChildren(division: Division, fields: Fields, found: Found<RuleNode>): void {
  const { pathIds, indexes, absent } = division;
  const fewest = pathIds.length <= fields.touched.length ? pathIds : fields.touched;
  for (const pathId of fewest) {
    const index = indexes[pathId];
    if (index !== undefined) findAtPath(pathId, index, fields, found);
  }
  for (const { pathId, child } of absent) if (mayBeAbsent(fields, pathId)) found(child);
}
