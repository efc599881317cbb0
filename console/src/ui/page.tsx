import { useEffect, useId, type ReactNode } from "react";
import type { Health } from "../api/overview.ts";
import { isolated } from "../i18n/foreign.ts";
import { HealthIcon } from "./icons.tsx";

/** What stands at the head of a page. */
interface PageProps {
  readonly title: string;
  /** Beside the title: an icon of the kind, a word for its state. */
  readonly mark?: ReactNode;
  /** Where it belongs: a link back. */
  readonly above?: ReactNode;
  /** One sentence that says what is healthy. */
  readonly sentence?: ReactNode;
  readonly health?: Health;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A page: title, one sentence, what can be done, and then what it is about. */
export function Page(props: PageProps): ReactNode {
  const { title, mark, above, sentence, health, actions, children } = props;
  useEffect(() => {
    document.title = `${isolated(title, 80)} · Morning`;
  }, [title]);
  return (
    <div className="page">
      <header className="page-head">
        <div className="page-words">
          {above !== undefined && <p className="page-above">{above}</p>}
          <h1>
            {mark}
            <bdi>{title}</bdi>
          </h1>
          {sentence !== undefined && (
            <p className={`sentence ${health ?? ""}`}>
              {health !== undefined && <HealthIcon health={health} size={16} />}
              <span>{sentence}</span>
            </p>
          )}
        </div>
        {actions !== undefined && <div className="page-actions">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

interface PanelProps {
  readonly title: string;
  readonly hint?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  /** Without the space around its content, for tables. */
  readonly flush?: boolean;
}

/** A part of a page with a heading of its own. */
export function Panel({ title, hint, actions, children, flush = false }: PanelProps): ReactNode {
  const id = useId();
  return (
    <section className={flush ? "panel flush" : "panel"} aria-labelledby={id}>
      <div className="panel-head">
        <h2 id={id}>{title}</h2>
        {hint !== undefined && <span className="hint">{hint}</span>}
        <span className="spring" />
        {actions}
      </div>
      <div className="panel-body">{children}</div>
    </section>
  );
}
