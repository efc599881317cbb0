import { describe, expect, it } from "vitest";
import { flag, oneOf, read, text, whole, type Parameters } from "./view.ts";

interface Shown {
  readonly node: string;
  readonly view: "map" | "list";
  readonly state: true;
  readonly from: number;
}

const parameters: Parameters<Shown> = {
  node: text(),
  view: oneOf(["map", "list"]),
  state: flag,
  from: whole,
};

describe("what a URL holds", () => {
  it("is read by its parameters", () => {
    const search = { node: "queue/mail", view: "list", state: true, from: 12 } as const;
    expect(read(parameters, search)).toEqual(search);
    expect(read(parameters, { state: "true", from: "12" })).toEqual({ state: true, from: 12 });
  });

  it("ignores what it does not know, and what makes no sense", () => {
    const search = { node: "", view: "globe", state: "yes", from: -1, other: 1 };
    expect(read(parameters, search)).toEqual({});
    expect(read(parameters, { node: ["a"], from: 1.5 })).toEqual({});
  });

  it("takes a name of digits for a name, and bounds its length", () => {
    expect(read(parameters, { node: 12 })).toEqual({ node: "12" });
    expect(read(parameters, { node: "x".repeat(9999) }).node).toHaveLength(300);
  });
});
