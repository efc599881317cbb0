/** One way to go on with what was typed. */
export interface Suggestion {
  /** What is shown, and put in if `insert` is left out. */
  readonly label: string;
  readonly insert?: string | undefined;
  /** What it is: a kind of field, how often a value comes. Already in the reader's language. */
  readonly detail?: string | undefined;
}

/** Ways to go on, and the part of the text that each of them takes the place of. */
export interface Suggestions {
  readonly from: number;
  readonly to: number;
  readonly options: readonly Suggestion[];
}

/** What is wrong with a query, from one character to before another. */
export interface QueryProblem {
  readonly message: string;
  readonly from: number;
  readonly to: number;
}

/** A text in which one of the suggestions was taken, and where the cursor stands then. */
export function withSuggestion(
  text: string,
  { from, to }: Pick<Suggestions, "from" | "to">,
  { label, insert = label }: Suggestion,
): { readonly text: string; readonly cursor: number } {
  const [start, end] = [Math.min(from, text.length), Math.min(Math.max(from, to), text.length)];
  return {
    text: text.slice(0, start) + insert + text.slice(end),
    cursor: start + insert.length,
  };
}

/** The text before, in and after what is wrong; at least one character is marked. */
export function marked(
  text: string,
  { from, to }: Pick<QueryProblem, "from" | "to">,
): readonly [before: string, wrong: string, after: string] {
  // What is missing at the end is marked by the space after it.
  const padded = `${text} `;
  const start = Math.min(Math.max(0, from), text.length);
  const end = Math.min(padded.length, Math.max(start + 1, to));
  return [padded.slice(0, start), padded.slice(start, end), padded.slice(end)];
}
