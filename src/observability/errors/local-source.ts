import { readFile, realpath, stat } from "node:fs/promises";
import { isAbsolute, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { MappedFrame } from "./sourcemaps.ts";

/** Sources and nothing else: a stack may name any file. */
const sourceForm = /(?:^|[\\/])[\w@.-]*\w\.(?:ts|tsx|mts|cts|js|jsx|mjs|cjs)$/;
const bytesMax = 1_000_000;
const contextLines = 5;

/** The path of a frame within `root`; undefined for files that lie elsewhere. */
async function within(root: string, file: string): Promise<string | undefined> {
  const path = file.startsWith("file://") ? fileURLToPath(file) : file;
  if (!isAbsolute(path) || !sourceForm.test(path) || path.includes("node_modules")) {
    return undefined;
  }
  const real = await realpath(path);
  const below = relative(await realpath(root), real);
  const outside = below.startsWith("..") || isAbsolute(below);
  return outside || /(?:^|[\\/])\./.test(below) ? undefined : real;
}

/**
 * The frame with the lines around it, where its source lies below `root`: on a developer's machine
 * the platform runs the sources themselves. The same frame otherwise.
 */
export async function withLocalSource(root: string, frame: MappedFrame): Promise<MappedFrame> {
  if (frame.context !== undefined || frame.line < 1 || !frame.inApp) return frame;
  try {
    const path = await within(root, frame.file);
    if (path === undefined || (await stat(path)).size > bytesMax) return frame;
    const lines = (await readFile(path, "utf8")).split("\n");
    const line = lines[frame.line - 1];
    if (line === undefined) return frame;
    const before = lines.slice(Math.max(0, frame.line - 1 - contextLines), frame.line - 1);
    const after = lines.slice(frame.line, frame.line + contextLines);
    return { ...frame, context: { before, line, after } };
  } catch {
    // The file is not here any more, or never was.
    return frame;
  }
}
