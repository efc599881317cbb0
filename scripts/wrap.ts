// Wraps comments at 100 columns, which the formatter leaves as they are. `npm run format` runs it
// on the files it is given, or on all sources.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { files, root } from "./tree.ts";

const columnsMax = 100;
const commentLine = /^(\s*)(\/\/|\*)( +)(\S.*)$/;
/**
 * A line that begins something of its own: a tag, an entry of a list, a heading, a code block, a
 * table.
 */
const opening = /^(@|[-*#|] |\d+\. |```)/;

function wrapped(prefix: string, indent: string, words: readonly string[]): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of words) {
    if (line === "") line = prefix + word;
    else if (line.length + 1 + word.length <= columnsMax) line += ` ${word}`;
    else {
      lines.push(line);
      line = prefix + indent + word;
    }
  }
  return [...lines, line];
}

/** A JSDoc of one line that is too long becomes one of several. */
function opened(line: string): string[] {
  const found = /^(\s*)\/\*\* (.*) \*\/$/.exec(line);
  if (line.length <= columnsMax || found === null) return [line];
  const [, margin = "", text = ""] = found;
  return [`${margin}/**`, `${margin} * ${text}`, `${margin} */`];
}

/** How many lines after `index` go on with its paragraph. */
function following(lines: readonly string[], index: number, margin: string, mark: string): number {
  let count = 0;
  for (;;) {
    const next = commentLine.exec(lines[index + count + 1] ?? "");
    if (next === null || next[1] !== margin || next[2] !== mark) return count;
    if (opening.test(next[4] ?? "")) return count;
    count++;
  }
}

/** The text with its comments within the columns; a paragraph flows on from its first long line. */
export function wrapComments(text: string): string {
  const lines = text.split("\n").flatMap((line) => opened(line));
  const out: string[] = [];
  let fenced = false;
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? "";
    const [, margin = "", mark = "", gap = "", first = ""] = commentLine.exec(line) ?? [];
    if (first.startsWith("```")) fenced = !fenced;
    if (line.length <= columnsMax || mark === "" || fenced || /^(\||@example)/.test(first)) {
      out.push(line);
      continue;
    }
    const count = following(lines, index, margin, mark);
    const paragraph = lines.slice(index, index + count + 1);
    const words = paragraph.flatMap((one) => (commentLine.exec(one)?.[4] ?? "").split(" "));
    out.push(...wrapped(margin + mark + gap, /^[-*] /.test(first) ? "  " : "", words));
    index += count;
  }
  return out.join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const given = process.argv.slice(2);
  const all = files("{src,scripts,bench,conformance,examples}/**/*.ts", "*.ts");
  for (const path of given.length > 0 ? given : all) {
    const full = join(root, path);
    const before = readFileSync(full, "utf8");
    const after = wrapComments(before);
    if (after !== before) writeFileSync(full, after);
  }
}
