import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../../../core/json.ts";
import { isObject, objectOf, withKey } from "../values.ts";
import { parsePath, parseReferencePath } from "./path-parser.ts";
import { readPath, writePath } from "./path-reader.ts";

function read(text: string, input: Json, variables: Readonly<Record<string, Json>> = {}): Json {
  return readPath(parsePath(text), {
    input,
    context: () => ({ Execution: { Name: "run" } }),
    variable: (name) => (Object.hasOwn(variables, name) ? variables[name] : undefined),
  });
}

const store: Json = {
  books: [
    { title: "A", price: 8, tags: ["x", "y"], author: { name: "Ann" } },
    { title: "B", price: 12, tags: [], author: { name: "Bob" } },
    { title: "C", price: 22, isbn: "1" },
  ],
  limit: 10,
};

describe("paths", () => {
  it.each<[string, Json]>([
    ["$.books[0].title", "A"],
    ["$['books'][-1]['title']", "C"],
    ["$.books[*].title", ["A", "B", "C"]],
    ["$.books[0,2].title", ["A", "C"]],
    ["$.books[1:].title", ["B", "C"]],
    ["$.books[:-1].price", [8, 12]],
    ["$.books[::2].price", [8, 22]],
    ["$..name", ["Ann", "Bob"]],
    ["$.books[0]['title','price']", { title: "A", price: 8 }],
    ["$.books[?(@.price < $.limit)].title", ["A"]],
    ["$.books[?(@.isbn)].title", ["C"]],
    ["$.books[?(!@.isbn && @.price >= 12)].title", ["B"]],
    ["$.books[?(@.title == 'A' || @.title == \"C\")].price", [8, 22]],
    ["$.books[?(@.title =~ /[ab]/i)].price", [8, 12]],
    ["$.books[?(@.title in ['B','C'])].price", [12, 22]],
    ["$.books[?(@.tags contains 'x')].title", ["A"]],
    ["$.books[?(@.tags size 2)].title", ["A"]],
    ["$.books[?(@.tags empty true)].title", ["B"]],
    ["$.books[?(@.author.name != 'Ann')].title", ["B", "C"]],
    ["$.nothing[*].more", []],
    ["$.books[5:]", []],
    ["$", store],
    ["$$.Execution.Name", "run"],
    ["$.limit", 10],
  ])("reads %s", (text, expected) => {
    expect(read(text, store)).toEqual(expected);
  });

  it("takes any name after a dot up to the next step, as Jayway does", () => {
    expect(read("$.ns:type.@id-1.a/b", { "ns:type": { "@id-1": { "a/b": 1 } } })).toBe(1);
    expect(read("$.價格", { 價格: 2 })).toBe(2);
    expect(read("$.a[?(@.b==1)].c:d", { a: [{ b: 1, "c:d": 3 }] })).toEqual([3]);
  });

  it("reads variables and what is in them", () => {
    expect(read("$v", null, { v: 1 })).toBe(1);
    expect(read("$v.a[1]", null, { v: { a: [1, 2] } })).toBe(2);
    expect(() => read("$w", null, { v: 1 })).toThrow("No results for path: $w");
  });

  it("says in Jayway's words where a path ended", () => {
    expect(() => read("$.a", {})).toThrow("No results for path: $['a']");
    expect(() => read("$.a.b", {})).toThrow("Missing property in path $['a']");
    expect(() => read("$.a[3]", { a: [] })).toThrow("No results for path: $['a'][3]");
    expect(() => read("$.a.b", { a: 1 })).toThrow("Expected to find an object with property ['b']");
  });

  it.each(["", "a", "$.", "$[", "$.a[", "$['a", "$.a..", "$.a[?(@.b ==)]", "$.a[1:2:0]", "$.a b"])(
    "refuses %j",
    (text) => {
      expect(() => parsePath(text)).toThrow(/at character \d+ of /);
    },
  );

  it("reads any place of any document by its keys", () => {
    const key = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(fc.array(key, { minLength: 1, maxLength: 5 }), fc.jsonValue(), (keys, leaf) => {
        const document = keys.reduceRight((value, one) => objectOf([[one, value]]), leaf as Json);
        const quoted = keys.map(
          (one) => `['${one.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}']`,
        );
        expect(read(`$${quoted.join("")}`, document)).toEqual(leaf);
      }),
    );
  });

  it("writes what it then reads, and nothing else", () => {
    const key = fc.constantFrom("a", "b", "__proto__", "constructor");
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom("a", "b", "c"), fc.integer()),
        fc.array(key, { minLength: 1, maxLength: 3 }),
        (document, keys) => {
          const path = parseReferencePath(`$${keys.map((one) => `['${one}']`).join("")}`);
          const [first = ""] = keys;
          if (keys.length > 1 && Object.hasOwn(document, first)) return;
          const written = writePath(path, document, "set");
          expect(read(path.text, written)).toBe("set");
          expect(isObject(written) && Object.keys(written).toSorted()).toEqual(
            Object.keys(withKey(document, first, 0)).toSorted(),
          );
        },
      ),
    );
    expect(({} as Record<string, unknown>)["set"]).toBeUndefined();
  });

  it("bounds what a path may look at", () => {
    const wide: Json = Array.from({ length: 2_000 }, (_, index) => ({ index }));
    expect(() => read("$..*..*..*", [wide, wide])).not.toThrow(RangeError);
    const deep = "$" + "..*".repeat(12);
    let nested: Json = 1;
    for (let depth = 0; depth < 60; depth++) nested = [nested, depth];
    expect(() => read(deep, nested)).toThrow("looks at more than");
  });
});
