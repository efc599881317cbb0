import { describe, expect, it } from "vitest";
import { overviewSearch } from "./search.ts";

describe("the URL of the overview", () => {
  it("names a part, a type of event, a view and whether state is shown", () => {
    const search = { node: "queue/mail", type: "order.placed", view: "list", state: true } as const;
    expect(overviewSearch(search)).toEqual(search);
  });

  it("ignores what it does not know", () => {
    const search = { node: "", type: ["a"], view: "globe", state: "yes", other: 1 };
    expect(overviewSearch(search)).toEqual({});
  });

  it("takes a name of digits for a name, and bounds its length", () => {
    expect(overviewSearch({ node: 12 })).toEqual({ node: "12" });
    expect(overviewSearch({ node: "x".repeat(9999) }).node).toHaveLength(300);
  });
});
