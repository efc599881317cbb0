import { RE2JS } from "re2js";
import type { Expr } from "./ast.ts";
import { promqlErrors } from "./errors.ts";
import { histogramQuantile } from "./histogram.ts";
import type { Column, Labels, Value } from "./values.ts";
import { columnOf, distinct, mapColumn, nameless, present } from "./values.ts";

/** What a function of instants works on. */
export interface CallInput {
  readonly args: readonly Value[];
  readonly exprs: readonly Expr[];
  /** Times of the steps, milliseconds since 1970. */
  readonly times: Float64Array;
}

/** Computes the answer of one function. */
export type InstantFunction = (input: CallInput) => Value;

function vectorAt({ args }: CallInput, at: number): readonly Column[] {
  const value = args[at];
  return value?.type === "vector" ? value.columns : [];
}

function scalarAt({ args, times }: CallInput, at: number, fallback = Number.NaN): Float64Array {
  const value = args[at];
  return value?.type === "scalar" ? value.values : new Float64Array(times.length).fill(fallback);
}

function stringAt({ args }: CallInput, at: number): string {
  const value = args[at];
  return value?.type === "string" ? value.text : "";
}

const vector = (columns: readonly Column[], sorted = false): Value => ({
  type: "vector",
  columns: distinct(columns),
  ...(sorted && { sorted }),
});

const each =
  (change: (value: number) => number): InstantFunction =>
  (input) =>
    vector(vectorAt(input, 0).map((column) => mapColumn(column, nameless(column.labels), change)));

/** With scalar arguments of the step. */
const eachWith =
  (change: (value: number, a: number, b: number) => number, fallback?: number): InstantFunction =>
  (input) => {
    const [a, b] = [scalarAt(input, 1, fallback), scalarAt(input, 2)];
    return vector(
      vectorAt(input, 0).map((column) =>
        mapColumn(column, nameless(column.labels), (value, step) =>
          change(value, a[step] as number, b[step] as number),
        ),
      ),
    );
  };

/** A column that has a value at every step. */
function full(labels: Labels, values: Float64Array): Column {
  return { labels, values, has: new Uint8Array(values.length).fill(1) };
}

/** A function of the date; of the step's own time where it is called without an argument. */
const ofDate =
  (part: (date: Date) => number): InstantFunction =>
  (input) => {
    const seconds = input.times.map((ms) => ms / 1000);
    const columns = input.args.length === 0 ? [full({}, seconds)] : vectorAt(input, 0);
    const change = (value: number): number => {
      const date = new Date(Math.trunc(value) * 1000);
      return Number.isNaN(date.getTime()) ? Number.NaN : part(date);
    };
    return vector(columns.map((column) => mapColumn(column, nameless(column.labels), change)));
  };

const sorted =
  (sign: 1 | -1): InstantFunction =>
  (input) => {
    const first = ({ values }: Column): number => values[0] ?? Number.NaN;
    const columns = [...vectorAt(input, 0)].sort((a, b) => {
      const [x, y] = [first(a), first(b)];
      if (Number.isNaN(x) || Number.isNaN(y))
        return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
      return x === y ? 0 : sign * (x - y);
    });
    return vector(columns, true);
  };

const sortedByLabel =
  (sign: 1 | -1): InstantFunction =>
  (input) => {
    const names = input.args.slice(1).map((_, at) => stringAt(input, at + 1));
    const columns = [...vectorAt(input, 0)].sort((a, b) => {
      for (const name of names) {
        const [x, y] = [a.labels[name] ?? "", b.labels[name] ?? ""];
        if (x !== y) return sign * x.localeCompare(y, "en", { numeric: true });
      }
      return 0;
    });
    return vector(columns, true);
  };

/** Labels that a selector's equality matchers pin down: those of `absent`. */
export function pinnedLabels(expr: Expr | undefined): Labels {
  const selector = expr?.type === "matrix" ? expr.selector : expr;
  if (selector?.type !== "vector") return {};
  const labels: Record<string, string> = {};
  const seen = new Set<string>();
  for (const { label, op, value } of selector.matchers) {
    if (label === "__name__") continue;
    if (op === "=" && !seen.has(label) && value !== "") labels[label] = value;
    else delete labels[label];
    seen.add(label);
  }
  return labels;
}

/** 1 at the steps where no column has a value. */
export function absence(columns: readonly Column[], labels: Labels, steps: number): Value {
  const answer = columnOf(labels, steps);
  for (let step = 0; step < steps; step++) {
    if (columns.some(({ has }) => has[step] === 1)) continue;
    answer.values[step] = 1;
    answer.has[step] = 1;
  }
  return { type: "vector", columns: present([answer]) };
}

const labelForm = /^[A-Za-z_][A-Za-z0-9_]*$/;

function checkLabel(name: string): void {
  if (!labelForm.test(name)) {
    throw promqlErrors.MOR_PROMQL_EXECUTION(`invalid destination label name "${name}"`);
  }
}

/** Go's expansion: `$1`, `${1}`, `${name}`, `$$`. */
function expanded(template: string, groupOf: (name: string) => string): string {
  return template.replaceAll(
    /\$(?:\$|\{(\w+)\}|(\w+))/g,
    (all: string, braced?: string, bare?: string) => {
      const name = braced ?? bare;
      return name === undefined ? (all === "$$" ? "$" : "") : groupOf(name);
    },
  );
}

function relabelled(column: Column, name: string, value: string): Column {
  const labels: Record<string, string> = { ...column.labels };
  if (value === "") delete labels[name];
  else labels[name] = value;
  return { ...column, labels };
}

const labelReplace: InstantFunction = (input) => {
  const [to, template, from, source] = [1, 2, 3, 4].map((at) => stringAt(input, at)) as [
    string,
    string,
    string,
    string,
  ];
  checkLabel(to);
  let pattern: RE2JS;
  try {
    pattern = RE2JS.compile(`^(?s:${source})$`);
  } catch (error) {
    throw promqlErrors.MOR_PROMQL_EXECUTION(
      `invalid regular expression in label_replace(): ${source}`,
      { cause: error },
    );
  }
  const groups = pattern.namedGroups();
  return vector(
    vectorAt(input, 0).map((column) => {
      const matcher = pattern.matcher(column.labels[from] ?? "");
      if (!matcher.find()) return column;
      const value = expanded(template, (name) => {
        const at = /^\d+$/.test(name) ? Number(name) : groups[name];
        return at === undefined || at > matcher.groupCount() ? "" : (matcher.group(at) ?? "");
      });
      return relabelled(column, to, value);
    }),
  );
};

const labelJoin: InstantFunction = (input) => {
  const [to, separator] = [stringAt(input, 1), stringAt(input, 2)];
  checkLabel(to);
  const names = input.args.slice(3).map((_, at) => stringAt(input, at + 3));
  return vector(
    vectorAt(input, 0).map((column) =>
      relabelled(column, to, names.map((name) => column.labels[name] ?? "").join(separator)),
    ),
  );
};

const toScalar: InstantFunction = (input) => {
  const columns = vectorAt(input, 0);
  const values = input.times.map((_, step) => {
    const there = columns.filter(({ has }) => has[step] === 1);
    return there.length === 1 ? (there[0]?.values[step] as number) : Number.NaN;
  });
  return { type: "scalar", values };
};

const clamp: InstantFunction = (input) => {
  const [low, high] = [scalarAt(input, 1), scalarAt(input, 2)];
  const columns = vectorAt(input, 0).map((column): Column => {
    const has = column.has.map((one, step) =>
      Number(one === 1 && !((low[step] ?? 0) > (high[step] ?? 0))),
    );
    const bounded = { ...column, has };
    return mapColumn(bounded, nameless(column.labels), (value, step) =>
      Math.max(low[step] as number, Math.min(high[step] as number, value)),
    );
  });
  return vector(present(columns));
};

const arithmetic: Readonly<Record<string, (value: number) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  exp: Math.exp,
  sqrt: Math.sqrt,
  ln: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  sgn: Math.sign,
  deg: (value) => (value * 180) / Math.PI,
  rad: (value) => (value * Math.PI) / 180,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
};

const dayMs = 86_400_000;

const dates: Readonly<Record<string, (date: Date) => number>> = {
  minute: (date) => date.getUTCMinutes(),
  hour: (date) => date.getUTCHours(),
  day_of_week: (date) => date.getUTCDay(),
  day_of_month: (date) => date.getUTCDate(),
  day_of_year: (date) =>
    Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / dayMs) + 1,
  days_in_month: (date) =>
    new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate(),
  month: (date) => date.getUTCMonth() + 1,
  year: (date) => date.getUTCFullYear(),
};

/** Functions of instants, by name; those of ranges and `timestamp` are the evaluator's. */
export const instantFunctions: ReadonlyMap<string, InstantFunction> = new Map<
  string,
  InstantFunction
>([
  ...Object.entries(arithmetic).map(([name, change]): [string, InstantFunction] => [
    name,
    each(change),
  ]),
  ...Object.entries(dates).map(([name, part]): [string, InstantFunction] => [name, ofDate(part)]),
  ["round", eachWith((value, to) => Math.floor(value * (1 / to) + 0.5) / (1 / to), 1)],
  ["clamp", clamp],
  ["clamp_min", eachWith((value, low) => Math.max(low, value))],
  ["clamp_max", eachWith((value, high) => Math.min(high, value))],
  ["sort", sorted(1)],
  ["sort_desc", sorted(-1)],
  ["sort_by_label", sortedByLabel(1)],
  ["sort_by_label_desc", sortedByLabel(-1)],
  ["label_replace", labelReplace],
  ["label_join", labelJoin],
  ["scalar", toScalar],
  ["vector", (input) => vector([full({}, scalarAt(input, 0))])],
  ["time", ({ times }) => ({ type: "scalar", values: times.map((ms) => ms / 1000) })],
  ["pi", ({ times }) => ({ type: "scalar", values: times.map(() => Math.PI) })],
  [
    "absent",
    (input) => absence(vectorAt(input, 0), pinnedLabels(input.exprs[0]), input.times.length),
  ],
  [
    "histogram_quantile",
    (input) => vector(histogramQuantile(scalarAt(input, 0), vectorAt(input, 1))),
  ],
]);
