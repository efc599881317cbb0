/** One option of a command: `node:util` `parseArgs`'s shape, with what `--help` says about it. */
export interface CommandOption {
  readonly type: "string" | "boolean";
  readonly short?: string;
  readonly multiple?: boolean;
  readonly default?: string | boolean;
  readonly description: string;
}

/** One positional argument. */
export interface CommandArgument {
  readonly name: string;
  readonly description: string;
  readonly optional?: boolean;
}

/** The platform's HTTP API, as commands call it; paths are below `/api/v1`. */
export interface ApiClient {
  /** Resolves with the parsed body; rejects with the MorningError that the answer carried. */
  request(method: string, path: string, body?: unknown): Promise<unknown>;
}

/** What a parsed option may be. */
export type OptionValue = string | boolean | readonly (string | boolean)[] | undefined;

/** One run of a command. */
export interface CommandRun {
  /** Positional arguments by name; those that are optional may be missing. */
  readonly args: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, OptionValue>>;
  /** The words after `--`, as they are, where the command declares `rest`. */
  readonly rest?: readonly string[];
  readonly api: ApiClient;
  /** Writes one line to standard output. */
  readonly out: (line: string) => void;
  /** Resolves after `delayMs`: for commands that follow the progress of something. */
  readonly wait: (delayMs: number) => Promise<void>;
}

/** A command of the CLI as plain data. */
export interface Command {
  /** The words that call it: `queue send`. */
  readonly name: string;
  readonly summary: string;
  readonly args: readonly CommandArgument[];
  readonly options: Readonly<Record<string, CommandOption>>;
  /** What the words after `--` are, where the command takes them as they are. */
  readonly rest?: CommandArgument;
  /** Resolves with the exit code: 0 done, 1 failed, 2 wrong use. */
  run(call: CommandRun): Promise<number>;
}
