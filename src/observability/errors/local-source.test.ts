import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { withLocalSource } from "./local-source.ts";

const root = mkdtempSync(join(tmpdir(), "morning-source-"));
const outside = mkdtempSync(join(tmpdir(), "morning-outside-"));
afterAll(() => {
  rmSync(root, { recursive: true });
  rmSync(outside, { recursive: true });
});

const frameOf = (file: string, line = 2) =>
  ({ file, function: "f", line, column: 1, inApp: true }) as const;

test("lines around a frame are read from the sources that run", async () => {
  const file = join(root, "pay.ts");
  writeFileSync(file, "one\ntwo\nthree\n");
  for (const name of [file, `file://${file}`]) {
    const { context } = await withLocalSource(root, frameOf(name));
    expect(context).toEqual({ before: ["one"], line: "two", after: ["three", ""] });
  }
});

test("nothing else is: other folders, other files, links out, secrets", async () => {
  writeFileSync(join(root, ".env"), "SECRET=1\nSECRET=2\n");
  mkdirSync(join(root, ".hidden"));
  writeFileSync(join(root, ".hidden", "a.ts"), "a\nb\n");
  writeFileSync(join(outside, "b.ts"), "a\nb\n");
  symlinkSync(join(outside, "b.ts"), join(root, "link.ts"));
  for (const file of [
    join(root, ".env"),
    join(root, ".hidden", "a.ts"),
    join(outside, "b.ts"),
    join(root, "link.ts"),
    join(root, "none.ts"),
    `${root}/../${outside.split("/").at(-1) ?? ""}/b.ts`,
    "pay.ts",
    "/etc/passwd",
  ]) {
    const frame = frameOf(file);
    expect(await withLocalSource(root, frame)).toBe(frame);
  }
});
