/** One frame as Sentry has it. */
export interface SentryFrame {
  readonly function?: string;
  readonly filename: string;
  readonly lineno: number;
  readonly colno?: number;
  readonly in_app: boolean;
}

/** Lines of a stack that are read. */
const linesMax = 250;

/** `at run (file:///app/x.js:3:5)`, `at async x.js:3:5`: the place is last on the line. */
const node = /^\s*at (?:async )?(?:(.{1,300}?) \()?([^()\s]{1,500}):(\d{1,9}):(\d{1,9})\)?$/;
/** `File "/app/x.py", line 3, in run` */
const python = /^\s*File "([^"]{1,500})", line (\d{1,9})(?:, in (\S{1,300}))?/;
/** `at com.shop.Orders.place(Orders.java:42)` */
const java = /^\s*at ([\w$.<>]{1,300})\(([\w$.]{1,200}):(\d{1,9})\)$/;

const isLibrary = (file: string): boolean =>
  /node_modules|^node:|site-packages|\/lib\/python/.test(file);

function frameOf(line: string): SentryFrame | undefined {
  const inNode = node.exec(line);
  if (inNode !== null) {
    const [, name, filename = "", lineno, colno] = inNode;
    const place = { filename, lineno: Number(lineno), colno: Number(colno) };
    return {
      ...(name === undefined ? {} : { function: name }),
      ...place,
      in_app: !isLibrary(filename),
    };
  }
  const inPython = python.exec(line);
  if (inPython !== null) {
    const [, filename = "", lineno, name] = inPython;
    const place = { filename, lineno: Number(lineno), in_app: !isLibrary(filename) };
    return { ...(name === undefined ? {} : { function: name }), ...place };
  }
  const inJava = java.exec(line);
  if (inJava === null) return undefined;
  const [, name = "", filename = "", lineno] = inJava;
  const isOwn = !/^(?:java|javax|jdk|sun)\./.test(name);
  return { function: name, filename, lineno: Number(lineno), in_app: isOwn };
}

/** The frames of a stack of Node, Java or Python, the outermost first, as Sentry orders them. */
export function parseStack(stack: string): SentryFrame[] {
  const lines = stack.split("\n", linesMax);
  const frames = lines.map(frameOf).filter((frame) => frame !== undefined);
  // Python writes the innermost last, as Sentry does.
  return /^Traceback \(most recent call last\)/m.test(stack) ? frames : frames.toReversed();
}
