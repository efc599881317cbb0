import { describe, expect, it } from "vitest";
import { workers } from "./build.ts";
import { catalogues, stale } from "./gen.ts";
import { anyProblems, docProblems } from "./tidy/surface.ts";
import * as form from "./tidy/form.ts";
import { cycles, infraProblems, layerProblems } from "./tidy/layers.ts";
import { packageProblems, type Manifest } from "./tidy/packages.ts";
import * as shape from "./tidy/shape.ts";
import { exists, isTest, parse } from "./tidy/source.ts";
import { files, read, subpaths } from "./tree.ts";

/** The types of the console's client; `npm run gen` writes them. */
const generated = "console/src/api/schema.ts";

const paths = files("{src,scripts,bench,conformance,examples}/**/*.ts", "*.ts");
const sources = paths.map((path) => parse(path, read(path)));
const product = sources.filter(({ path }) => path.startsWith("src/"));
// The console is no layer of the product: it speaks HTTP only. It is written by the same rules.
const consolePaths = files("console/{src,test}/**/*.{ts,tsx}", "console/*.ts");
const written = [
  ...sources,
  ...consolePaths.filter((path) => path !== generated).map((path) => parse(path, read(path))),
];
const tracked = shape.tracked();

describe("the tree", () => {
  it("imports only downwards", () => {
    expect(layerProblems(sources)).toEqual([]);
  });

  it("has no import cycle, of values or of types", () => {
    expect(cycles(sources)).toEqual([]);
  });

  it("keeps infra.ts out of what users import", () => {
    expect(infraProblems(sources)).toEqual([]);
  });

  it("keeps files under 400 lines, functions under 70 and lines under 100 columns", () => {
    expect(form.sizeProblems(written)).toEqual([]);
  });

  it("does without enums, namespaces, decorators and classes exported as default", () => {
    expect(form.syntaxProblems(written)).toEqual([]);
  });

  it("has no vague names", () => {
    expect(form.nameProblems(written)).toEqual([]);
  });

  it("has no unfinished work and no code in its comments", () => {
    expect(form.commentProblems(written)).toEqual([]);
  });

  it("exports no any", () => {
    expect(anyProblems(product)).toEqual([]);
  });

  it("documents everything that a user can import", () => {
    expect(
      docProblems(
        sources,
        subpaths().map(({ source }) => source),
      ),
    ).toEqual([]);
  });

  it("gives every capability the same shape", () => {
    const exported = subpaths().map(({ source }) => source);
    expect(shape.shapeProblems(tracked, exported)).toEqual([]);
  });

  it("has the source of the CLI and of every subpath that package.json exports", () => {
    const wanted = [...subpaths().map(({ source }) => source), "src/cli/main.ts"];
    expect(wanted.filter((source) => !exists(source))).toEqual([]);
  });

  it("imports what package.json declares, and declares what it imports, pinned", () => {
    expect(packageProblems(sources, JSON.parse(read("package.json")) as Manifest)).toEqual([]);
  });

  it("starts threads whose source exists, by core/package.ts alone", () => {
    expect(workers().filter((source) => !exists(source))).toEqual([]);
    expect(form.placeProblems(written)).toEqual([]);
  });

  it("has the same path for a subpath, its source, its types and its build", () => {
    for (const { name, source, types, built } of subpaths()) {
      const path = name === "." ? "index" : `${name.slice(2)}/index`;
      expect([source, types, built]).toEqual([
        `src/${path}.ts`,
        `dist/types/${path}.d.ts`,
        `dist/${path}.js`,
      ]);
    }
  });

  it("names no folder and no registry of one machine", () => {
    const problems = tracked.flatMap((path) => shape.machineProblems(path, shape.textOf(path)));
    expect(problems).toEqual([]);
  });

  it("tracks no file over 1 MB", () => {
    expect(shape.blobProblems(tracked)).toEqual([]);
  });
});

describe("the error catalogue", () => {
  it("declares every code once, and every code that the source names", async () => {
    const codes = (await catalogues()).flatMap(({ specs }) => Object.keys(specs));
    const twice = codes.filter((code, index) => codes.indexOf(code) !== index);
    const named = product
      .filter(({ path }) => !isTest(path))
      .flatMap(({ path, text }) =>
        [...text.matchAll(/\bMOR_[A-Z0-9]+(?:_[A-Z0-9]+)*\b(?!_)/g)].map(([code]) => ({
          path,
          code,
        })),
      );
    const unknown = named.filter(({ code }) => !codes.includes(code));
    expect(twice).toEqual([]);
    expect([...new Set(unknown.map(({ path, code }) => `${path}: ${code}`))]).toEqual([]);
  });

  it("is what docs/reference/errors.md says, no code more and no code less", async () => {
    const codes = (await catalogues()).flatMap(({ specs }) => Object.keys(specs));
    const page = [...read("docs/reference/errors.md").matchAll(/^\| `(MOR_\w+)`/gm)];
    expect(page.map(([, code = ""]) => code).toSorted()).toEqual(codes.toSorted());
  });

  it("and every other generated file is up to date", async () => {
    expect(await stale()).toEqual([]);
  });
});
