import { parse } from "stacktrace-parser";

/** One call of a stack, outermost last. */
export interface Frame {
  /** As the stack names it: a path, a URL, a module; empty where it is not known. */
  readonly file: string;
  readonly function: string;
  /** 1-based; 0 where it is not known. */
  readonly line: number;
  /** 1-based; 0 where it is not known. */
  readonly column: number;
  /** Whether it is the app's own code: no library, no runtime. */
  readonly inApp: boolean;
}

/** Frames of one stack at most. */
export const framesMax = 100;
/** What is read of a stack: the patterns of its dialects take time by the square of a line. */
const linesMax = 400;
const lineLengthMax = 600;

/** Where code lies that is not the app's own, in the ecosystems that send us stacks. */
const foreign = [
  /node_modules[\\/]/,
  /^node:/,
  /^internal\//,
  /site-packages|dist-packages|lib\/python[\d.]+\//,
  /^(?:java|javax|jdk|sun|kotlin|scala|org\.springframework|io\.netty)\./,
  /\/usr\/local\/go\/src\/|\/pkg\/mod\//,
  /\/gems\//,
  /^<(?:frozen|anonymous|string)/,
];

function isInApp(file: string): boolean {
  return file !== "" && !foreign.some((pattern) => pattern.test(file));
}

function frame(file: string, name: string, line: number, column = 0): Frame {
  return { file, function: name, line, column, inApp: isInApp(file) };
}

/** `File "app.py", line 3, in pay`: Python tells the outermost call first. */
function pythonFrames(stack: string): Frame[] {
  const pattern = /^\s*File "([^"\n]{1,1000})", line (\d{1,9})(?:, in (\S{1,200}))?/gm;
  const found = [...stack.matchAll(pattern)];
  return found.map(([, file = "", line, name = ""]) => frame(file, name, Number(line))).reverse();
}

/** `at com.shop.Pay.charge(Pay.java:42)`; the class names the package, the file does not. */
function javaFrames(stack: string): Frame[] {
  const pattern = /^\s*at ([\w.$/<>]{1,500})\(([\w$]{1,200}\.(?:java|kt|scala))(?::(\d{1,9}))?\)/gm;
  return [...stack.matchAll(pattern)].map(([, name = "", , line]) =>
    frame(name.split(".").slice(0, -1).join("."), name, Number(line ?? 0)),
  );
}

/** `main.pay(...)` and, on the next line, `\t/app/pay.go:42 +0x1d`. */
function goFrames(stack: string): Frame[] {
  const pattern = /^([\w./*()-]{1,300})\(.{0,500}\)\n\s+(\S{1,1000}\.go):(\d{1,9})/gm;
  return [...stack.matchAll(pattern)].map(([, name = "", file = "", line]) =>
    frame(file, name, Number(line)),
  );
}

function scriptFrames(stack: string): Frame[] {
  return parse(stack).map(({ file, methodName, lineNumber, column }) =>
    frame(
      (file ?? "").replace(/^file:\/\//, ""),
      methodName === "<unknown>" ? "" : methodName,
      lineNumber ?? 0,
      column ?? 0,
    ),
  );
}

/** The frames of a stack as V8, Firefox, Safari, Python, Java and Go write it; innermost first. */
export function framesOf(stack: string): readonly Frame[] {
  const lines = stack.slice(0, linesMax * lineLengthMax).split("\n", linesMax);
  const text = lines.filter(({ length }) => length <= lineLengthMax).join("\n");
  for (const read of [pythonFrames, javaFrames, goFrames]) {
    const frames = read(text);
    if (frames.length > 0) return frames.slice(0, framesMax);
  }
  return scriptFrames(text).slice(0, framesMax);
}
