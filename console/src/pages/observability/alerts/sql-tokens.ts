const keywords: ReadonlySet<string> = new Set(
  (
    "select from where group by all order limit offset having join left right full inner outer " +
    "cross on as and or not in is null between like ilike case when then else end desc asc " +
    "distinct with recursive union except intersect interval over partition rows range qualify " +
    "using exists true false filter within describe values cast timestamp date unnest lateral"
  ).split(" "),
);

/** Whether a word of a statement is one of the language. */
export const isKeyword = (word: string): boolean => keywords.has(word.toLowerCase());
