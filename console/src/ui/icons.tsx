import type { ReactNode } from "react";
import type { Health } from "../api/overview.ts";

/** Strokes on a 16 px grid. */
const strokes = {
  service: "M8 1.8 13.5 5v6L8 14.2 2.5 11V5ZM2.6 5.1 8 8.2l5.4-3.1M8 8.2v6",
  queue: "M2.5 4h11M2.5 8h11M2.5 12h7",
  event: "M9 1.8 3.5 9H8l-1 5.2L12.5 7H8Z",
  schedule: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM8 4.8V8l2.2 1.6",
  table: "M2.5 3h11v10h-11ZM2.5 6.3h11M6.3 6.3V13",
  blob:
    "M3 4.2c0-1.2 2.2-2.2 5-2.2s5 1 5 2.2-2.2 2.2-5 2.2-5-1-5-2.2Z" +
    "M3 4.2v7.6C3 13 5.2 14 8 14s5-1 5-2.2V4.2",
  cache: "M2.5 6 8 3l5.5 3L8 9ZM2.5 9.5 8 12.5l5.5-3",
  secret: "M5.2 7.5V5.3a2.8 2.8 0 0 1 5.6 0v2.2M3.5 7.5h9V14h-9Z",
  workflow:
    "M2.5 2.5h4v4h-4ZM9.5 9.5h4v4h-4ZM2.5 9.5h4v4h-4Z" + "M4.5 6.5v3M6.5 4.5h5v5M6.5 11.5h3",
  asset: "M8 2 14 5.2 8 8.4 2 5.2ZM2 8l6 3.2L14 8M2 10.8 8 14l6-3.2",
  other: "M4 4h8v8H4Z",
  overview: "M2.5 2.5h4.6v4.6H2.5ZM9 2.5h4.5v2.8H9ZM9 7.2h4.5v6.3H9ZM2.5 9h4.6v4.5H2.5Z",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
  close: "m4 4 8 8M12 4l-8 8",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  play: "M5 3v10l8-5Z",
  sun:
    "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6Z" +
    "M8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2" +
    "M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9",
  moon: "M13 9.6A5.5 5.5 0 0 1 6.4 3 5.5 5.5 0 1 0 13 9.6Z",
  screen: "M2 3h12v8H2ZM6 13.5h4M8 11v2.5",
  plus: "M8 3.5v9M3.5 8h9",
  minus: "M3.5 8h9",
  fit: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
  list: "M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.01M2.5 8h.01M2.5 12h.01",
  map:
    "M4 2.5a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6Z" +
    "M12 9.9a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6Z" +
    "M5.8 4.3H8c2 0 1 7.4 2.2 7.4",
  copy: "M5.5 5.5h8v8h-8ZM10.5 5.5v-3h-8v8h3",
  check: "m3.5 8.5 3 3 6-7",
  arrow: "M3 8h9.5M9 4.5 12.5 8 9 11.5",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9ZM10.3 10.3l3.2 3.2",
  wrap: "M2.5 4h11M2.5 8h8.7a2.2 2.2 0 0 1 0 4.5H8M9.6 10.8 8 12.5l1.6 1.7M2.5 12.5h3",
  folder: "M2.5 3.5h4L8 5.5h5.5v7h-11Z",
  download: "M8 2.5v7.7M4.8 7.2 8 10.4l3.2-3.2M2.5 13.5h11",
  fold: "M4.5 2.5 8 6l3.5-3.5M4.5 13.5 8 10l3.5 3.5M2.5 8h11",
  unfold: "M4.5 5.5 8 2l3.5 3.5M4.5 10.5 8 14l3.5-3.5",
  indent: "M2.5 3.5h11M7 6.5h6.5M7 9.5h6.5M2.5 12.5h11M2.5 6.3 4.6 8l-2.1 1.7",
  up: "M8 13V3.5M4.5 7 8 3.5 11.5 7",
  down: "M8 3v9.5M4.5 9 8 12.5 11.5 9",
  settings: "M2.5 4.5h6M11.5 4.5h2M10 2.8v3.4M2.5 11.5h2M7.5 11.5h6M6 9.8v3.4",
  columns: "M2.5 3h11v10h-11ZM6.2 3v10M9.8 3v10",
  clock: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM8 4.8V8l2.2 1.6",
  person:
    "M8 2.5a2.6 2.6 0 1 0 0 5.2 2.6 2.6 0 0 0 0-5.2Z" +
    "M2.8 13.5c.5-2.5 2.6-3.8 5.2-3.8s4.7 1.3 5.2 3.8",
  help:
    "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2Z" +
    "M6.2 6.3A1.9 1.9 0 0 1 9.9 7c0 1.2-1.9 1.3-1.9 2.4M8 11.4v.1",
  trash: "M3 4.5h10M6.5 4.5V2.8h3v1.7M4.3 4.5l.6 9h6.2l.6-9",
  send: "M2.5 8 13.5 3 9.5 13.5 7.5 9Z",
  undo: "M5.5 3 2.5 6l3 3M2.8 6H10a3.3 3.3 0 0 1 0 6.6H6",
  next: "m6 3.5 4.5 4.5L6 12.5",
  back: "M10 3.5 5.5 8l4.5 4.5",
  key: "M10.5 2.5a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM8.3 7.7 2.5 13.5M4.5 11.5l1.7 1.7",
  leave: "M6.5 2.5h-4v11h4M6.5 8h7M10.5 5l3 3-3 3",
  edit: "M3 13 3.6 10.2 10.8 3l2.2 2.2L5.8 12.4Z",
  stop: "M4 4h8v8H4Z",
  chevron: "m4 6 4 4 4-4",
  bell:
    "M3.5 11.5h9c-1-1-1.3-2-1.3-4.2a3.2 3.2 0 0 0-6.4 0c0 2.2-.3 3.2-1.3 4.2Z" +
    "M6.8 13.7h2.4M8 4V2.5",
  target:
    "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6ZM8 8h.01",
  chart: "M2.5 2.5v11h11M5 10.5l2.6-3.4 2.2 1.8 3-4.4",
  board: "M2.5 2.5h11v11h-11ZM2.5 6.5h11M7 6.5v7",
  terminal: "M2.5 3h11v10h-11ZM5 6.2 7 8l-2 1.8M8.5 10h2.5",
} as const;

export type IconName = keyof typeof strokes;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }): ReactNode {
  return (
    <svg className="icon" viewBox="0 0 16 16" width={size} height={size} aria-hidden="true">
      <path d={strokes[name]} />
    </svg>
  );
}

/** The icon of a kind of part; a square for kinds that this page does not know. */
export const kindIcon = (kind: string): IconName =>
  Object.hasOwn(strokes, kind) ? (kind as IconName) : "other";

export function KindIcon({ kind, size = 16 }: { kind: string; size?: number }): ReactNode {
  return <Icon name={kindIcon(kind)} size={size} />;
}

const shapes: Readonly<Record<Health, { readonly outline: string; readonly sign: string }>> = {
  ok: { outline: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Z", sign: "m5 8.2 2.1 2.1L11.2 6" },
  warning: { outline: "M8 1.8 15 14H1Z", sign: "M8 6.2v3.6M8 11.8v.1" },
  failing: {
    outline: "M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2Z",
    sign: "m5.6 5.6 4.8 4.8M10.4 5.6l-4.8 4.8",
  },
  unknown: {
    outline: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Z",
    sign: "M5 8h.01M8 8h.01M11 8h.01",
  },
};

/** A state by shape and colour; the word stands beside it or in the name of what holds it. */
export function HealthIcon({ health, size = 14 }: { health: Health; size?: number }): ReactNode {
  const { outline, sign } = shapes[health];
  return (
    <svg
      className={`health ${health}`}
      viewBox="0 0 16 16"
      width={size}
      height={size}
      aria-hidden="true"
    >
      <path className="health-outline" d={outline} />
      <path className="health-sign" d={sign} />
    </svg>
  );
}

/** The mark: a sun that rises. */
export function Mark({ size = 22 }: { size?: number }): ReactNode {
  return (
    <svg className="mark" viewBox="0 0 32 32" width={size} height={size} aria-hidden="true">
      <path className="mark-sun" d="M7 21a9 9 0 0 1 18 0Z" />
      <path className="mark-rays" d="M2.5 25.5h27M16 4v4M5.5 9l2.8 2.8M26.5 9l-2.8 2.8" />
    </svg>
  );
}
