import { describe, expect, it } from "vitest";
import { entriesOf, folderOf, pathOf } from "./folders.ts";

const object = (key: string, size = 1) => ({ key, size, etag: "e", updatedAtMs: 0 });
const objects = ["a/1", "a/b/2", "a/b/3", "a/c", "top", "z//4"].map((key) => object(key, 2));

describe("a folder of objects", () => {
  it("has folders and objects in the order of the keys, each folder once", () => {
    expect(entriesOf(objects, "")).toEqual([
      { kind: "folder", prefix: "a/", objects: 4, bytes: 8 },
      { kind: "object", object: object("top", 2) },
      { kind: "folder", prefix: "z/", objects: 1, bytes: 2 },
    ]);
    const inA = objects.filter(({ key }) => key.startsWith("a/"));
    expect(entriesOf(inA, "a/")).toEqual([
      { kind: "object", object: object("a/1", 2) },
      { kind: "folder", prefix: "a/b/", objects: 2, bytes: 4 },
      { kind: "object", object: object("a/c", 2) },
    ]);
    expect(entriesOf([object("z//4")], "z/")).toEqual([
      { kind: "folder", prefix: "z//", objects: 1, bytes: 1 },
    ]);
  });

  it("says where it lies", () => {
    expect(pathOf("a/b/")).toEqual([
      { name: "a", prefix: "a/" },
      { name: "b", prefix: "a/b/" },
    ]);
    expect(pathOf("")).toEqual([]);
    expect(folderOf("a/b/c")).toBe("a/b/");
    expect(folderOf("c")).toBe("");
  });
});
