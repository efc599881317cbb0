import { describe, expect, it } from "vitest";
import { wrapComments } from "../wrap.ts";
import {
  commentProblems,
  nameProblems,
  placeProblems,
  sizeProblems,
  syntaxProblems,
} from "./form.ts";
import { cycles, infraProblems, layerProblems } from "./layers.ts";
import { packageProblems } from "./packages.ts";
import { machineProblems, shapeProblems } from "./shape.ts";
import { parse, type Source } from "./source.ts";
import { anyProblems, docProblems } from "./surface.ts";

const tree = (texts: Record<string, string>): Source[] =>
  Object.entries(texts).map(([path, text]) => parse(path, text));
const importing = (path: string, specifier: string): Source[] =>
  tree({ [path]: `import type { A } from "${specifier}";` });

describe("the layer rule", () => {
  const queue = "src/messaging/queue/runtime.ts";

  it.each([
    [queue, "../../core/errors.ts"],
    [queue, "../../state/table/index.ts"],
    [queue, "../limits.ts"],
    [queue, "node:fs"],
    ["src/messaging/queue/drivers/sqs.ts", "../driver.ts"],
    ["src/messaging/queue/drivers/sqs.ts", "./rows.ts"],
    ["src/messaging/queue/contract.ts", "../../testing/index.ts"],
    ["src/cli/main.ts", "../server/index.ts"],
  ])("lets %s import %s", (path, specifier) => {
    expect(layerProblems(importing(path, specifier))).toEqual([]);
  });

  it.each([
    [queue, "../event/index.ts", "imports its neighbour on the layer"],
    [queue, "../../workflow/run.ts", "imports upwards"],
    [queue, "../../testing/index.ts", "imports what is for tests"],
    [queue, "../../../scripts/tree.ts", "imports from outside src/"],
    ["src/core/errors.ts", "../index.ts", "imports upwards"],
    ["src/server/api.ts", "../cli/main.ts", "imports its neighbour on the layer"],
    ["src/messaging/shared.ts", "./queue/index.ts", "imports its neighbour on the layer"],
    ["src/messaging/queue/drivers/sqs.ts", "../runtime.ts", "is a driver"],
    ["src/odd/a.ts", "../core/errors.ts", "no layer"],
  ])("refuses that %s imports %s", (path, specifier, problem) => {
    expect(layerProblems(importing(path, specifier)).join()).toContain(problem);
  });

  it("lets a capability use a folder of its pillar that is none, not the other way round", () => {
    const texts = {
      "src/state/table/driver.ts": `import "../transaction/outbox.ts";`,
      "src/state/transaction/outbox.ts": "",
    };
    expect(layerProblems(tree(texts))).toEqual([]);
    const sideways = { "src/state/transaction/relay.ts": `import "../table/driver.ts";` };
    expect(layerProblems(tree({ ...texts, ...sideways }))).toHaveLength(1);
  });

  it.each([
    `export * from "../event/index.ts";`,
    `const lazy = () => import("../event/index.ts");`,
    `type Lazy = import("../event/index.ts").Event;`,
  ])("sees %s", (text) => {
    expect(layerProblems(tree({ [queue]: text }))).toHaveLength(1);
  });
});

describe("the rules of the graph", () => {
  it("find a cycle of types over three files", () => {
    const texts = ["b", "c", "a"].map((to) => `import type { A } from "./${to}.ts";`);
    const [a = "", b = "", c = ""] = texts;
    expect(cycles(tree({ "src/a.ts": a, "src/b.ts": b, "src/c.ts": c }))).toEqual([
      "src/a.ts -> src/b.ts -> src/c.ts -> src/a.ts",
    ]);
  });

  it("find infra.ts behind a public face", () => {
    const sources = tree({
      "src/state/blob/index.ts": `export { blob } from "./blob.ts";`,
      "src/state/blob/blob.ts": `import "./infra.ts";`,
      "src/state/blob/infra.ts": "",
    });
    expect(infraProblems(sources)).toHaveLength(1);
  });
});

describe("the rules of form", () => {
  const one = (text: string, path = "src/core/a.ts"): Source[] => tree({ [path]: text });

  it("measure files, functions and lines", () => {
    const long = `function f() {\n${"  g();\n".repeat(69)}}\n`;
    expect(sizeProblems(one(long))).toEqual(["src/core/a.ts:1 is a function of 71 lines"]);
    expect(sizeProblems(one("a;\n".repeat(401)))).toEqual(["src/core/a.ts has 401 lines"]);
    expect(sizeProblems(one(`// ${"word ".repeat(20)}`))).toHaveLength(1);
    expect(sizeProblems(one(`// ${"x".repeat(120)}`))).toEqual([]);
    expect(sizeProblems(one(`describe("x", () => {\n${"  it();\n".repeat(80)}});`))).toEqual([]);
  });

  it.each([
    "enum A { B }",
    "namespace A { export const b = 1; }",
    "@decorated class A {}",
    "class A { constructor(private b: string) {} }",
    "export default class A {}",
  ])("refuse %s", (text) => {
    expect(syntaxProblems(one(text))).toHaveLength(1);
  });

  it("let modules of others be added to", () => {
    expect(syntaxProblems(one('declare module "other" { interface A { b: 1 } }'))).toEqual([]);
  });

  it("refuse import.meta outside core/package.ts and tests", () => {
    const text = `new URL("./worker.ts", import.meta.url);`;
    expect(placeProblems(one(text))).toHaveLength(1);
    expect(placeProblems(one(text, "src/core/package.ts"))).toEqual([]);
    expect(placeProblems(one(text, "src/core/a.test.ts"))).toEqual([]);
  });

  it.each([
    "const timeUtils = 1;",
    "function helper() {}",
    "class QueueManager {}",
    "interface DriverBase {}",
    "type StoreImpl = string;",
  ])("refuse the name in %s", (text) => {
    expect(nameProblems(one(text))).toHaveLength(1);
  });

  it.each([
    `import { promisify } from "node:util";`,
    "const baseUrl = 1;",
    "const database = 1;",
    "const secretsManager = 1;",
    "const implied = 1;",
  ])("accept the names in %s", (text) => {
    expect(nameProblems(one(text))).toEqual([]);
  });

  it("refuse the vague name of a file", () => {
    expect(nameProblems(one("", "src/core/string-utils.ts"))).toHaveLength(1);
    expect(nameProblems(one("", "src/state/secret/drivers/secrets-manager.ts"))).toEqual([]);
  });

  it.each(["// const a = 1;", "// send(message);", "/* return a; */", `// ${"TO" + "DO"}: later`])(
    "refuse the comment %s",
    (text) => {
      expect(commentProblems(one(text))).toHaveLength(1);
    },
  );

  it.each(["// Waits, since the caller may be slow.", "// if (so): rarely.", "/** `a();` */"])(
    "accept the comment %s",
    (text) => {
      expect(commentProblems(one(text))).toEqual([]);
    },
  );

  it("wrap a comment where the columns end, and its paragraph with it", () => {
    const words = (count: number): string => Array.from({ length: count }, () => "word").join(" ");
    const text = `/** ${words(30)} */\n// ${words(20)}\n// ${words(2)}\n//\n// - ${words(21)}`;
    const wrapped = wrapComments(text);
    expect(wrapped.split("\n").every((line) => line.length <= 100)).toBe(true);
    expect(wrapped.split("\n")).toHaveLength(4 + 2 + 1 + 2);
    expect(wrapped.match(/word/g)).toHaveLength(73);
    expect(wrapComments(wrapped)).toBe(wrapped);
  });
});

describe("the rules of the surface", () => {
  it("find what is exported without JSDoc, through every kind of re-export", () => {
    const sources = tree({
      "src/index.ts": `export { a as b } from "./a.ts"; export * from "./c.ts"; export { d };
        import { d } from "./d.ts";`,
      "src/a.ts": `export const a = 1; export const hidden = 1;`,
      "src/c.ts": `export function c() {}\n/** Said. */\nexport function said() {}`,
      "src/d.ts": `/** Not of d. */\nconst x = 1;\ninterface d {}\nexport type { d };`,
    });
    expect(docProblems(sources, ["src/index.ts"])).toEqual([
      "src/a.ts:1 a has no JSDoc",
      "src/c.ts:1 c has no JSDoc",
      "src/d.ts:3 d has no JSDoc",
    ]);
  });

  it("find any in what is exported, not in what is inside", () => {
    const text = (type: string): Source[] =>
      tree({ "src/a.ts": `export function a(b: ${type}): void { const c: any = b; }` });
    expect(anyProblems(text("Map<string, any>"))).toHaveLength(1);
    expect(anyProblems(text("string"))).toEqual([]);
  });
});

describe("the rules of the tree", () => {
  it("find packages that are not declared where they are used, idle, loose or forced", () => {
    const sources = tree({
      "src/a.ts": `import "hono/cookie"; import "node:fs"; import("@aws-sdk/client-sqs");`,
      "src/b.ts": `import "kysely"; import "morning-ai";`,
      "src/b.test.ts": `import "vitest"; import "nowhere";`,
    });
    const manifest = {
      name: "morning-ai",
      dependencies: { hono: "4.0.0", zod: "^4.0.0" },
      devDependencies: { kysely: "0.29.9", vitest: "5.1.1" },
      peerDependencies: { "@aws-sdk/client-sqs": "^3.0.0" },
    };
    expect(packageProblems(sources, manifest)).toEqual([
      "src/b.ts:1 imports kysely, which is not installed for it",
      "src/b.test.ts:1 imports nowhere, which is not installed for it",
      "zod is a dependency that nothing in src/ imports",
      "zod ^4.0.0 is not pinned",
      "@aws-sdk/client-sqs is a peer that is not optional",
    ]);
  });

  it("name what a capability lacks", () => {
    const path = "src/messaging/queue";
    const names = ["README.md", "index.ts", "queue.ts", "driver.ts", "runtime.ts", "contract.ts"];
    const paths = [...names, "drivers.test.ts", "drivers/sqs.ts"].map((name) => `${path}/${name}`);
    expect(shapeProblems(paths, [])).toEqual([`${path}/infra.ts is missing`]);
    expect(shapeProblems(["src/state/transaction/outbox.ts"], [])).toEqual([]);
    expect(shapeProblems([], ["src/index.ts", "src/state/blob/index.ts"])).toHaveLength(9);
  });

  it("find the folders and the registry of one machine", () => {
    const lines = [`cd ${"/wo" + "rk/main"}`, `see ${"pypi." + "org"}`, "a/work/b", "${TMP:-/x}/y"];
    expect(machineProblems("a.md", lines.join("\n"))).toHaveLength(2);
  });
});
