import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";

/** What a page's URL holds, read from what anybody may have typed there. */
type Raw = Readonly<Record<string, unknown>>;

/** Reads one parameter; undefined when it is absent or makes no sense. */
export type Parameter<T> = (value: unknown) => T | undefined;

/** The parameters of a page and their types: `viewOf({ q: text(), state: oneOf(["a", "b"]) })`. */
export type Parameters<T> = { readonly [K in keyof T]-?: Parameter<Exclude<T[K], undefined>> };

const textMax = 300;

/** A text, cut to what an address can hold. */
export function text(max: number = textMax): Parameter<string> {
  return (value) => {
    const read = typeof value === "number" ? String(value) : value;
    return typeof read === "string" && read !== "" ? read.slice(0, max) : undefined;
  };
}

/** One of a list. */
export function oneOf<const T extends string>(all: readonly T[]): Parameter<T> {
  return (value) => all.find((one) => one === value);
}

/** A whole number, 0 or more: milliseconds, a page. */
export const whole: Parameter<number> = (value) => {
  const read = typeof value === "string" ? Number(value) : value;
  return typeof read === "number" && Number.isSafeInteger(read) && read >= 0 ? read : undefined;
};

/** Yes; absent is no. */
export const flag: Parameter<true> = (value) =>
  value === true || value === "true" ? true : undefined;

/** Reads parameters; those that are absent are absent in the result. */
export function read<T extends object>(parameters: Parameters<T>, raw: Raw): Partial<T> {
  const entries = Object.entries(parameters as Record<string, Parameter<unknown>>)
    .map(([name, parameter]) => [name, parameter(raw[name])] as const)
    .filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}

/** A change of what the URL holds; undefined takes a parameter away. */
export type Change<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** How a change is made: `push` adds to the browser's history, as opening a drawer should. */
export interface SetOptions {
  readonly push?: boolean;
}

/**
 * The part of the URL that a page owns, typed, and how to change it. Other parameters (the global
 * time range) stay.
 */
export function useView<T extends object>(
  parameters: Parameters<T>,
): readonly [Partial<T>, (change: Change<T>, options?: SetOptions) => void] {
  const raw: Raw = useSearch({ strict: false });
  const navigate = useNavigate();
  const set = useCallback(
    (change: Change<T>, { push = false }: SetOptions = {}) => {
      void navigate({
        to: ".",
        search: ((old: Raw) => ({ ...old, ...change })) as never,
        replace: !push,
        resetScroll: false,
      });
    },
    [navigate],
  );
  return [read(parameters, raw), set];
}
