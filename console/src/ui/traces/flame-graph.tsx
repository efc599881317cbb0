import {
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
} from "react";
import { isolated, shown } from "../../i18n/foreign.ts";
import * as format from "../../i18n/format.ts";
import { Button } from "../button.tsx";
import { huesOf } from "../chart/hues.ts";
import { useLook } from "../chart/look.ts";
import { SearchField } from "../field.tsx";
import { HealthIcon } from "../icons.tsx";
import { drawFlame, flameRow, flameScope, type FlameScene } from "./flame-draw.ts";
import { flameAt, flameOf, flameStep, type Flame, type FlameNode } from "./flame.ts";
import { cleared, inkOf } from "./ink.ts";
import { HueMark } from "./row.tsx";
import { useWidthOf } from "./sight.ts";
import type { Trace } from "./span.ts";
import { useText } from "./text.ts";
import "./traces.css";

interface FlameGraphProps {
  /** One trace, or several whose spans add up; the same array as long as nothing has changed. */
  readonly traces: readonly Trace[];
  /** All services there are, so that each has the colour that it has on other pages. */
  readonly services?: readonly string[] | undefined;
  /** Pixels at most; beyond them the graph scrolls. */
  readonly heightMax?: number;
}

function Canvas({ scene, height }: { scene: FlameScene; height: number }): ReactNode {
  useLook(); // Drawn anew in the colours of another look.
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const context = canvas.current && cleared(canvas.current, scene.width, height);
    if (canvas.current !== null && context !== null) {
      drawFlame(context, scene, inkOf(canvas.current));
    }
  });
  return <canvas ref={canvas} aria-hidden="true" style={{ width: scene.width, height }} />;
}

/** What is known of a node, in words. */
function useNodeWords(flame: Flame): (node: FlameNode) => string {
  const { t, locale } = useText();
  return ({ name, service, count, errors, selfMs, totalMs }) =>
    t("flame.node", {
      name: isolated(name, 80),
      service: isolated(service, 60),
      count,
      errors,
      own: format.duration(selfMs, locale),
      all: format.duration(totalMs, locale),
      share: format.percent(totalMs / Math.max(1e-9, flame.totalMs)),
    });
}

/** The node that is pointed at or reached, with its figures. */
function About({ node, scene }: { node: FlameNode | undefined; scene: FlameScene }): ReactNode {
  const { t, locale } = useText();
  if (node === undefined) return <p className="flame-about none">{t("flame.hint")}</p>;
  const { name, service, count, errors, selfMs, totalMs } = node;
  return (
    <p className="flame-about">
      <HueMark hue={scene.hues.get(service)} />
      <strong>
        <bdi>{shown(name, 120)}</bdi>
      </strong>
      <bdi>{shown(service, 60)}</bdi>
      <span>{t("flame.count", { count })}</span>
      <span>{t("flame.own", { own: format.duration(selfMs, locale) })}</span>
      <span>
        {t("flame.all", {
          all: format.duration(totalMs, locale),
          share: format.percent(totalMs / Math.max(1e-9, scene.flame.totalMs)),
        })}
      </span>
      {errors > 0 && (
        <span className="trace-trouble">
          <HealthIcon health="failing" size={13} />
          {t("trace.errors", { count: errors })}
        </span>
      )}
    </p>
  );
}

/** Nodes whose name or service has the text; undefined where nothing is looked for. */
function foundIn(flame: Flame, text: string): ReadonlySet<number> | undefined {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return undefined;
  const found = new Set<number>();
  for (const [at, { name, service }] of flame.nodes.entries()) {
    const has = name.toLowerCase().includes(wanted) || service.toLowerCase().includes(wanted);
    if (has) found.add(at);
  }
  return found;
}

/** What is in sight and what is reached; a node that is chosen takes the whole width. */
function useFlame(flame: Flame) {
  const [top, setTop] = useState<string>();
  const [at, setAt] = useState(-1);
  const [text, setText] = useState("");
  // By its way: while a trace grows, places change.
  const place = top === undefined ? -1 : flame.nodes.findIndex(({ path }) => path === top);
  const matches = useMemo(() => foundIn(flame, text), [flame, text]);
  return {
    top: place,
    at: at < flame.nodes.length ? at : -1,
    setAt,
    text,
    setText,
    matches,
    /** Choosing the one that has the whole width gives it back. */
    choose: (index: number) =>
      setTop(index < 0 || index === place ? undefined : flame.nodes[index]?.path),
  };
}

/**
 * Where time goes: spans added up by the way of services and names that led to them, each as wide
 * as the time of its own and of all that it called.
 */
export function FlameGraph({ traces, services, heightMax = 480 }: FlameGraphProps): ReactNode {
  const { t } = useText();
  const id = useId();
  const flame = useMemo(() => flameOf(traces.map(({ spans }) => spans)), [traces]);
  const hues = useMemo(
    () => huesOf([...(services ?? []), ...flame.nodes.map(({ service }) => service)]),
    [services, flame],
  );
  const { top, at, setAt, text, setText, matches, choose } = useFlame(flame);
  const [element, setElement] = useState<HTMLDivElement | null>(null);
  const width = useWidthOf(element);
  const words = useNodeWords(flame);
  const scene: FlameScene = { flame, top, at, matches, hues, width };
  const under = ({ clientX, clientY, currentTarget }: PointerEvent): number => {
    const box = currentTarget.getBoundingClientRect();
    const { fromMs, lengthMs } = flameScope(scene);
    const ms = fromMs + ((clientX - box.left) / Math.max(1, width)) * lengthMs;
    const depth = Math.floor((clientY - box.top + currentTarget.scrollTop) / flameRow);
    return flameAt(flame, depth, ms) ?? -1;
  };
  const press = (event: KeyboardEvent): void => {
    const next = flameStep(flame, Math.max(0, at), event.key);
    if (event.key === "Enter" || event.key === " ") choose(at);
    else if (event.key === "Escape" && top >= 0) choose(-1);
    else if (next !== undefined) setAt(next);
    else return;
    event.preventDefault();
  };
  if (flame.nodes.length === 0) return <p className="nothing">{t("trace.none")}</p>;
  const node = flame.nodes[at];
  return (
    <div className="flame">
      <div className="trace-tools">
        <SearchField label={t("trace.search")} value={text} onChange={setText} />
        {matches !== undefined && (
          <span role="status" className="trace-found">
            {t("flame.found", { count: matches.size })}
          </span>
        )}
        <span className="spring" />
        {top >= 0 && (
          <Button size="small" onClick={() => choose(-1)}>
            {t("flame.all.button")}
          </Button>
        )}
      </div>
      <About node={node} scene={scene} />
      <div
        ref={setElement}
        className="flame-place"
        role="tree"
        tabIndex={0}
        aria-label={t("flame.label")}
        aria-activedescendant={id}
        style={{ maxHeight: heightMax }}
        onKeyDown={press}
        onFocus={() => at < 0 && setAt(Math.max(0, top))}
        onPointerMove={(event) => {
          const found = under(event);
          if (found !== at) setAt(found);
        }}
        onPointerUp={(event) => event.button === 0 && choose(under(event))}
      >
        <div
          role="treeitem"
          id={id}
          className="hidden"
          aria-level={(node?.depth ?? 0) + 1}
          aria-selected={at >= 0 && at === top}
          aria-label={node === undefined ? t("flame.hint") : words(node)}
        />
        {width > 0 && <Canvas scene={scene} height={(flame.depthMost + 1) * flameRow} />}
      </div>
      {flame.left > 0 && <p className="nothing">{t("flame.left", { count: flame.left })}</p>}
    </div>
  );
}
