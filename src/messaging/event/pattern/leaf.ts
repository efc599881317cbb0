import { holdsAddress, parseAddress } from "./address.ts";
import type { Leaf, NumericLeaf, Scalar } from "./pattern.ts";
import { fold } from "./pattern.ts";
import { matchesWildcard } from "./wildcard.ts";

function inInterval(leaf: NumericLeaf, value: number): boolean {
  if (leaf.minOpen ? value <= leaf.min : value < leaf.min) return false;
  return leaf.maxOpen ? value < leaf.max : value <= leaf.max;
}

function matchesText(leaf: Leaf, value: string): boolean {
  switch (leaf.op) {
    case "prefix":
      return (leaf.ignoreCase ? fold(value) : value).startsWith(leaf.text);
    case "suffix":
      return (leaf.ignoreCase ? fold(value) : value).endsWith(leaf.text);
    case "equals-ignore-case":
      return fold(value) === leaf.text;
    case "wildcard":
      return matchesWildcard(value, leaf.parts);
    case "cidr": {
      const address = parseAddress(value);
      return address !== undefined && holdsAddress(leaf.network, address);
    }
    default:
      return false;
  }
}

function matchesExact(leaf: Leaf & { op: "exact" }, value: Scalar): boolean {
  if (leaf.value === value) return true;
  if (leaf.address === undefined || typeof value !== "string") return false;
  const address = parseAddress(value);
  return address !== undefined && holdsAddress(leaf.address, address);
}

/** Whether a present value satisfies one alternative. */
export function matchesLeaf(leaf: Leaf, value: Scalar): boolean {
  switch (leaf.op) {
    case "exact":
      return matchesExact(leaf, value);
    case "numeric":
      return typeof value === "number" && inInterval(leaf, value);
    case "exists":
      return leaf.present;
    case "anything-but":
      return !leaf.but.some((excluded) => matchesLeaf(excluded, value));
    default:
      return typeof value === "string" && matchesText(leaf, value);
  }
}

/** A test of one value. */
export type ValueTest = (value: Scalar) => boolean;

/** Fewer literals than this are compared one by one; more go into a set. */
const listedMax = 4;

/** The leaves as one test; long lists of literals cost one look-up. */
export function leavesTest(leaves: readonly Leaf[]): ValueTest {
  const literals = leaves.filter((leaf) => leaf.op === "exact" && leaf.address === undefined);
  if (literals.length <= listedMax) {
    const quick = leaves.map(quickTest);
    const [only] = quick;
    if (quick.length === 1 && only !== undefined) return only;
    return (value) => quick.some((test) => test(value));
  }
  const listed = new Set(literals.map((leaf) => (leaf.op === "exact" ? leaf.value : null)));
  const others = leaves.filter((leaf) => !literals.includes(leaf)).map(quickTest);
  return (value) => listed.has(value) || others.some((test) => test(value));
}

function quickTest(leaf: Leaf): ValueTest {
  if (leaf.op !== "anything-but") return (value) => matchesLeaf(leaf, value);
  const excluded = leavesTest(leaf.but);
  return (value) => !excluded(value);
}

function interval(leaf: NumericLeaf): string {
  if (leaf.min === leaf.max) return `a number equal to ${leaf.min}`;
  const low = leaf.min === -Infinity ? "" : ` ${leaf.minOpen ? ">" : ">="} ${leaf.min}`;
  const high = leaf.max === Infinity ? "" : ` ${leaf.maxOpen ? "<" : "<="} ${leaf.max}`;
  return `a number${low}${low !== "" && high !== "" ? " and" : ""}${high}`;
}

/** What a leaf asks for, as a piece of a sentence: `a string that starts with "abc"`. */
export function describeLeaf(leaf: Leaf): string {
  switch (leaf.op) {
    case "exact":
      return JSON.stringify(leaf.value);
    case "prefix":
    case "suffix": {
      const verb = leaf.op === "prefix" ? "starts" : "ends";
      const letters = leaf.ignoreCase ? " in any case" : "";
      return `a string that ${verb} with ${JSON.stringify(leaf.text)}${letters}`;
    }
    case "equals-ignore-case":
      return `${JSON.stringify(leaf.text)} in any case`;
    case "wildcard":
      return `a string like ${JSON.stringify(leaf.text)}`;
    case "numeric":
      return interval(leaf);
    case "exists":
      return leaf.present ? "any value" : "no value";
    case "cidr":
      return `an address in ${leaf.text}`;
    case "anything-but":
      return `anything but ${leaf.but.map(describeLeaf).join(", ")}`;
  }
}
