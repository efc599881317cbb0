import {
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
} from "react";
import * as format from "../../i18n/format.ts";
import { Button } from "../button.tsx";
import { Chip } from "../field.tsx";
import { useNarrow } from "../narrow.ts";
import type { FieldActs } from "./detail.tsx";
import { stillLines, type Lines, type LogFeed } from "./feed.ts";
import { useFollowing, useLogSight, type Following, type LogSight } from "./follow.ts";
import { makeHeights, type Heights } from "./heights.ts";
import { Item, type LineActs } from "./item.tsx";
import { levelOf, summaryOf, type LogLine } from "./line.ts";
import { useMeasured } from "./measure.ts";
import { useText } from "./text.ts";
import "./logs.css";

interface LogViewProps extends FieldActs {
  /** What is listed, for those who cannot see it. */
  readonly label: string;
  /** Lines that stay: an answer. The same array as long as nothing in it has changed. */
  readonly lines?: readonly LogLine[] | undefined;
  /** Lines as they come; instead of `lines`. */
  readonly feed?: LogFeed | undefined;
  /** The page is paused: the feed goes on, what is shown does not. */
  readonly paused?: boolean;
  /** Words that were looked for. */
  readonly words?: readonly string[] | undefined;
  /** Links and buttons of an open record: to its trace, to the lines around it. */
  readonly actions?: ((line: LogLine) => ReactNode) | undefined;
  /** What stands there when there are no lines. */
  readonly empty?: ReactNode;
  /** Reads the next page of `lines` where there is one. */
  readonly more?: { readonly load: () => void; readonly busy: boolean } | undefined;
  /** Pixels at most; beyond them the list scrolls. */
  readonly heightMax?: number;
}

const noWords: readonly string[] = [];
const dayMs = 86_400_000;

/** Whether lines of more than one day stand together. */
function spansDays(lines: Lines): boolean {
  const [first, last] = [lines.at(lines.first)?.atMs, lines.at(lines.end - 1)?.atMs];
  if (first === undefined || last === undefined) return false;
  if (Math.abs(last - first) >= dayMs) return true;
  return new Date(first).getDate() !== new Date(last).getDate();
}

/** What is open, by the ids of its records, and where the keys are. */
function useReader(following: Following) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [at, setAt] = useState<number>();
  const newest = useRef(following);
  newest.current = following;
  const lineActs = useMemo<LineActs>(
    () => ({
      toggle(number) {
        const line = newest.current.lines.at(number);
        newest.current.hold();
        setAt(number);
        if (line === undefined) return;
        setOpen((old) => {
          const next = new Set(old);
          if (!next.delete(line.id)) next.add(line.id);
          return next;
        });
      },
      reach(number) {
        newest.current.hold();
        setAt(number);
      },
    }),
    [],
  );
  return { open, setOpen, at, setAt, lineActs };
}

/** Where a key moves to among lines; undefined for keys that move nowhere. */
function movedTo(key: string, at: number, page: number, lines: Lines): number | undefined {
  const to: Readonly<Record<string, number>> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    PageDown: at + page,
    PageUp: at - page,
    Home: lines.first,
    End: lines.end - 1,
  };
  const next = to[key];
  return next === undefined ? undefined : Math.max(lines.first, Math.min(lines.end - 1, next));
}

/** Scrolls a line into sight. */
function showLine(element: HTMLElement, lines: Lines, heights: Heights, number: number): void {
  const top = heights.between(lines.first, number);
  const bottom = top + Math.min(heights.of(number), element.clientHeight);
  if (top < element.scrollTop) element.scrollTop = top;
  else if (bottom > element.scrollTop + element.clientHeight) {
    element.scrollTop = bottom - element.clientHeight;
  }
}

/** One line as text, as it would stand in a file. */
const copied = (line: LogLine): string =>
  `${format.exactTime(line.atMs)} ${levelOf(line.severity)} ${line.service} ${summaryOf(line)}`;

/** Keys on the rows, and the focus that goes with them. */
function useLogKeys(
  scroller: RefObject<HTMLElement | null>,
  heights: Heights,
  lines: Lines,
  { open, setOpen, at, setAt, lineActs }: ReturnType<typeof useReader>,
) {
  const focusing = useRef(false);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!focusing.current || at === undefined || element === null) return;
    showLine(element, lines, heights, at);
    const row = element.querySelector<HTMLElement>(`[data-number="${at}"] > .log-row`);
    if (row === null) return;
    focusing.current = false;
    row.focus({ preventScroll: true });
  });
  return (event: KeyboardEvent): void => {
    const isRow = event.target instanceof HTMLElement && event.target.classList.contains("log-row");
    if (!isRow || at === undefined) return;
    const line = lines.at(at);
    const isCopy = event.key === "c" && (event.ctrlKey || event.metaKey);
    if (isCopy && line !== undefined && getSelection()?.isCollapsed !== false) {
      void navigator.clipboard.writeText(copied(line)).catch(() => undefined);
    } else if (event.key === "Enter" || event.key === " ") lineActs.toggle(at);
    else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      if (open.has(line?.id ?? "") !== (event.key === "ArrowRight")) lineActs.toggle(at);
    } else if (event.key === "Escape" && open.size > 0) setOpen(new Set());
    else {
      const page = Math.floor((scroller.current?.clientHeight ?? 0) / heights.rowHeight) - 1;
      const next = movedTo(event.key, at, Math.max(1, page), lines);
      if (next === undefined) return;
      focusing.current = true;
      setAt(next);
    }
    event.preventDefault();
  };
}

function Tools({
  following,
  feed,
  wrap,
  onWrap,
}: {
  following: Following;
  feed: LogFeed | undefined;
  wrap: boolean;
  onWrap: (wrap: boolean) => void;
}): ReactNode {
  const { t } = useText();
  const { lines, isFollowing, hold, follow } = following;
  return (
    <div className="log-tools">
      <Chip label={t("log.wrap")} pressed={wrap} onChange={onWrap} />
      {feed !== undefined && (
        <Chip
          label={t("log.follow")}
          hint={t("log.followHint")}
          pressed={isFollowing}
          onChange={(wanted) => (wanted ? follow() : hold())}
        />
      )}
      <span className="spring" />
      {feed !== undefined && lines.first > 0 && (
        <span>{t("log.gone", { count: lines.first })}</span>
      )}
      <span>{t("log.count", { count: lines.end - lines.first })}</span>
    </div>
  );
}

interface BodyProps extends Pick<LogViewProps, "words" | "actions"> {
  readonly lines: Lines;
  readonly sight: LogSight;
  readonly heights: Heights;
  readonly reader: ReturnType<typeof useReader>;
  readonly wrap: boolean;
  readonly withDay: boolean;
  readonly fieldActs: FieldActs;
}

/** The lines in sight, where they stand among all. */
function Body(props: BodyProps): ReactNode {
  const { lines, sight, heights, reader, wrap, withDay, fieldActs, words, actions } = props;
  const { open, lineActs } = reader;
  const at = reader.at ?? -1;
  const reachable = at >= sight.from && at < sight.to ? at : sight.to - 1;
  const numbers = Array.from({ length: sight.to - sight.from }, (_, index) => sight.from + index);
  const { first, end } = lines;
  return (
    <div role="none" className="log-all" style={{ height: heights.between(first, end) }}>
      <div role="none" className="log-sight" style={{ top: heights.between(first, sight.from) }}>
        {numbers.map((number) => {
          const line = lines.at(number);
          if (line === undefined) return null;
          return (
            <Item
              key={number}
              {...{ line, number, wrap, withDay, lineActs, fieldActs, actions }}
              words={words ?? noWords}
              index={number - first + 1}
              isOpen={open.has(line.id)}
              isReachable={number === reachable}
            />
          );
        })}
      </div>
    </div>
  );
}

/** Makes heights, anew for other lines or another way of writing them. */
function useHeights(rowHeight: number, ...by: readonly unknown[]): Heights {
  return useMemo(() => makeHeights(rowHeight), [rowHeight, ...by]);
}

/**
 * Log lines of any number: only those in sight are drawn, each opens to its record. A feed pushes
 * them up until the reader scrolls away, reaches a line or opens one; then it waits, and says how
 * many came.
 */
export function LogView(props: LogViewProps): ReactNode {
  const { label, feed, paused = false, words, actions, empty, more } = props;
  const { onOnly, onWithout, heightMax = 640 } = props;
  const { t } = useText();
  const scroller = useRef<HTMLDivElement>(null);
  const [wrap, setWrap] = useState(false);
  const narrow = useNarrow();
  const followed = useFollowing(feed, paused);
  const answered = useMemo(() => props.lines && stillLines(props.lines), [props.lines]);
  const following = answered === undefined ? followed : { ...followed, lines: answered };
  const { lines, fresh, follow } = following;
  const reader = useReader(following);
  const { open, setOpen, setAt } = reader;
  const heights = useHeights(narrow ? 44 : 24, wrap, feed, props.lines?.[0]?.id);
  const sight = useLogSight(scroller, heights, following);
  const withDay = spansDays(lines);
  const fieldActs = useMemo(() => ({ onOnly, onWithout }), [onOnly, onWithout]);
  useMeasured(scroller, heights, following, sight, wrap, open);
  const press = useLogKeys(scroller, heights, lines, reader);
  const goOn = (): void => {
    setOpen(new Set());
    setAt(undefined);
    follow();
  };
  const isEmpty = lines.end === lines.first;
  const none = empty ?? (
    <p className="nothing">{t(feed === undefined ? "log.none" : "log.waiting")}</p>
  );
  return (
    <div className={`logs ${wrap ? "wrap" : ""} ${withDay ? "days" : ""}`}>
      {!isEmpty && (
        <Tools
          following={{ ...following, follow: goOn }}
          feed={feed}
          wrap={wrap}
          onWrap={setWrap}
        />
      )}
      {isEmpty && none}
      <div
        ref={scroller}
        className="log-list"
        role="treegrid"
        aria-label={label}
        aria-rowcount={lines.end - lines.first}
        hidden={isEmpty}
        style={{ maxHeight: heightMax }}
        onKeyDown={press}
      >
        <Body {...{ lines, sight, heights, reader, wrap, withDay, fieldActs, words, actions }} />
      </div>
      {fresh > 0 && !paused && (
        <button type="button" className="button small log-fresh" onClick={goOn}>
          {t("log.new", { count: fresh })}
        </button>
      )}
      {more !== undefined && (
        <div className="table-more">
          <Button size="small" busy={more.busy} onClick={more.load}>
            {t("table.more")}
          </Button>
        </div>
      )}
    </div>
  );
}
