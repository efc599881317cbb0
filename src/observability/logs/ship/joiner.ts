import type { Cancel, Clock } from "../../../core/clock.ts";
import { levelInText } from "../../ingest/compat/level.ts";

/** One entry of a log: a line, or the lines of a stack behind it. */
export interface Entry {
  readonly text: string;
  /** When its first line came, milliseconds since 1970. */
  readonly atMs: number;
}

/** How long an entry waits for a line that continues it, milliseconds. */
export const joinMs = 200;
const linesMax = 1_000;
const charsMax = 256 * 1024;

/** Lines that never begin an entry: indented ones, causes of a Java exception, a closed bracket. */
const continued = /^(?:\s+\S|Caused by: |Suppressed: |\.{3} \d{1,9} more$|[}\])]{1,4}[,;]?$)/;
const pythonBegins = /^Traceback \(most recent call last\):$/;
/** Python tells of the exception that was being handled first. */
const pythonGoesOn =
  /^(?:During handling of the above exception|The above exception was the direct cause)/;
const goBegins = /^(?:panic: |fatal error: )/;
const goGoesOn =
  /^(?:goroutine \d{1,19} \[|created by |\[signal |exit status |[\w./*()-]{1,300}\(.{0,500}\)$)/;

type Mode = "plain" | "python" | "go";

/**
 * Joins the lines of a stack to the line that it belongs to, for text: an object in JSON is
 * an entry by itself. Which lines go on is told by the dialects of JavaScript, Java, Python and Go.
 */
export class LineJoiner {
  private readonly clock: Clock;
  private readonly take: (entry: Entry) => void;
  private lines: string[] = [];
  private chars = 0;
  private blank = 0;
  private atMs = 0;
  private mode: Mode = "plain";
  private isDone = false;
  private cancel: Cancel | undefined;

  /** @param take gets every entry, in order */
  constructor(clock: Clock, take: (entry: Entry) => void) {
    this.clock = clock;
    this.take = take;
  }

  /** Takes the next line. */
  add(line: string): void {
    if (line.trim() === "") {
      // Kept only where the entry goes on behind it.
      if (this.lines.length > 0) this.blank++;
      return;
    }
    if (!this.goesOn(line)) {
      this.flush();
      this.begin(line);
    } else this.append(line);
    if (line.startsWith("{") && line.endsWith("}")) this.flush();
    else this.wait();
  }

  /** Gives what waits. */
  flush(): void {
    this.cancel?.();
    this.cancel = undefined;
    if (this.lines.length === 0) return;
    const entry = { text: this.lines.join("\n"), atMs: this.atMs };
    this.lines = [];
    this.chars = 0;
    this.blank = 0;
    this.take(entry);
  }

  private goesOn(line: string): boolean {
    if (this.lines.length === 0 || line.startsWith("{")) return false;
    if (this.lines.length >= linesMax || this.chars + line.length > charsMax) return false;
    if (this.mode === "go") return goGoesOn.test(line) || continued.test(line);
    if (this.mode === "python") {
      if (!this.isDone || continued.test(line)) return true;
      return pythonGoesOn.test(line) || (this.blank > 0 && pythonBegins.test(line));
    }
    if (continued.test(line)) return true;
    // What is logged with an exception stands in front of it; what merely came before does not.
    return (
      pythonBegins.test(line) && this.lines.length === 1 && levelInText(this.lines[0] ?? "") > 0
    );
  }

  private begin(line: string): void {
    this.atMs = this.clock.now();
    this.mode = goBegins.test(line) ? "go" : "plain";
    this.append(line);
  }

  private append(line: string): void {
    if (pythonBegins.test(line)) {
      this.mode = "python";
      this.isDone = false;
    } else if (this.mode === "python") {
      // The line after the calls names the exception; it is not indented.
      this.isDone = !pythonGoesOn.test(line) && (this.isDone || !/^\s/.test(line));
    }
    for (; this.blank > 0; this.blank--) this.lines.push("");
    this.lines.push(line);
    this.chars += line.length + 1;
  }

  private wait(): void {
    this.cancel?.();
    this.cancel = this.clock.after(joinMs, () => this.flush());
  }
}
