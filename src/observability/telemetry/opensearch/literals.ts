/** Escapes of RE2 that stand for one character of a class, or for a place between two. */
const classEscapes = new Set("dDsSwWbBAz");

/** Where a bracket of a class ends; -1 where it does not, or is one that is not understood. */
function classEnd(pattern: string, start: number): number {
  // A bracket right behind the opening one is a member; classes of POSIX nest.
  const first = pattern[start + 1] === "^" ? start + 2 : start + 1;
  for (let at = first; at < pattern.length; at++) {
    if (pattern[at] === "[") return -1;
    if (pattern[at] === "\\") at++;
    else if (pattern[at] === "]" && at > first) return at;
  }
  return -1;
}

/**
 * Texts that whatever an RE2 expression matches contains, each of 3 characters or more; none where
 * the expression has alternatives, groups or anything else that is not plainly a sequence. They
 * say where to look; the expression itself is tried on what they find.
 */
export function certainRuns(expression: string): string[] {
  const pattern = expression.replace(/^\(\?i\)/, "");
  const runs: string[] = [];
  let run = "";
  const end = (): void => {
    if (run.length >= 3) runs.push(run);
    run = "";
  };
  for (let at = 0; at < pattern.length; at++) {
    const mark = pattern[at] ?? "";
    if ("(|)".includes(mark)) return [];
    if ("?*{".includes(mark)) {
      // What is before it may be left out; half of a character of two units goes as well.
      run = run.replace(/(?:[\uD800-\uDBFF][\uDC00-\uDFFF]|.)$/su, "");
      end();
      if (mark === "{") at = Math.max(at, pattern.indexOf("}", at));
    } else if ("+.^$".includes(mark)) end();
    else if (mark === "[") {
      end();
      at = classEnd(pattern, at);
      if (at < 0) return [];
    } else if (mark === "\\") {
      const escaped = pattern[++at] ?? "";
      if (classEscapes.has(escaped)) end();
      else if (/[A-Za-z0-9]/.test(escaped)) return [];
      else run += escaped;
    } else run += mark;
  }
  end();
  return runs;
}
