/** A secret's value that cannot be written down by accident: only `reveal` gives it. */
export interface Redacted {
  /** The value itself. Hand it to whoever needs it at once; keep it nowhere. */
  reveal(): string;
  /** `[secret NAME]`, and so in templates, JSON, logs and inspection. */
  toString(): string;
  toJSON(): string;
}

const inspect: unique symbol = Symbol.for("nodejs.util.inspect.custom") as never;

/** Wraps a value; it lives in a closure, so that nothing that walks the object finds it. */
export function redacted(name: string, value: string): Redacted {
  const text = `[secret ${name}]`;
  const show = (): string => text;
  return Object.freeze({
    reveal: () => value,
    toString: show,
    toJSON: show,
    [Symbol.toPrimitive]: show,
    [inspect]: show,
  });
}
