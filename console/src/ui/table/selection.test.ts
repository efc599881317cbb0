import { describe, expect, it } from "vitest";
import { extentOf, turned, withAll } from "./selection.ts";

const all = ["a", "b", "c", "d", "e"];
const listed = (keys: ReadonlySet<string>): string => [...keys].sort().join("");

describe("the selection of a table", () => {
  it("is none, some or all of the rows", () => {
    expect(extentOf(new Set(), all)).toBe("none");
    expect(extentOf(new Set(["b"]), all)).toBe("some");
    expect(extentOf(new Set([...all, "gone"]), all)).toBe("all");
    expect(extentOf(new Set(["a"]), [])).toBe("none");
  });

  it("becomes all from some, and none from all", () => {
    expect(listed(withAll(new Set(["b"]), all))).toBe("abcde");
    expect(listed(withAll(new Set(all), all))).toBe("");
  });

  it("turns one row over", () => {
    expect(listed(turned(new Set(["a"]), all, "c", undefined))).toBe("ac");
    expect(listed(turned(new Set(["a", "c"]), all, "c", undefined))).toBe("a");
  });

  it("takes a range with it, in either direction, and gives one back", () => {
    expect(listed(turned(new Set(["b"]), all, "d", "b"))).toBe("bcd");
    expect(listed(turned(new Set(["d"]), all, "b", "d"))).toBe("bcd");
    expect(listed(turned(new Set(all), all, "b", "d"))).toBe("ae");
  });

  it("forgets where a range began once that row is gone", () => {
    expect(listed(turned(new Set(), all, "d", "gone"))).toBe("d");
  });
});
