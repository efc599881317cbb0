import type { ReactNode } from "react";
import { HealthIcon } from "../../../ui/icons.tsx";
import { Panel } from "../../../ui/page.tsx";
import { useText } from "../text.ts";

const surfaces = ["--bg", "--surface", "--sunken", "--hover", "--line", "--line-strong"];
const inks = ["--text", "--text-2", "--text-3", "--accent-text", "--accent"];
const states = ["ok", "warning", "failing", "unknown"] as const;

function Swatch({ name }: { name: string }): ReactNode {
  return (
    <li className="row">
      <svg width="40" height="24" aria-hidden="true">
        <rect
          width="40"
          height="24"
          rx="5"
          style={{ fill: `var(${name})`, stroke: "var(--line-strong)" }}
        />
      </svg>
      <code>{name}</code>
    </li>
  );
}

/** What everything is made of: `ui/tokens.css`. */
export default function Tokens(): ReactNode {
  const { t } = useText();
  return (
    <div className="columns">
      <Panel title={t("ui.surfaces")}>
        <ul className="stack">
          {surfaces.map((name) => (
            <Swatch key={name} name={name} />
          ))}
        </ul>
      </Panel>
      <Panel title={t("ui.inks")}>
        <ul className="stack">
          {inks.map((name) => (
            <Swatch key={name} name={name} />
          ))}
        </ul>
      </Panel>
      <Panel title={t("ui.states")}>
        <ul className="stack">
          {states.map((health) => (
            <li key={health} className="row">
              <HealthIcon health={health} size={18} />
              {t(`health.${health}`)}
            </li>
          ))}
        </ul>
      </Panel>
      <Panel title={t("ui.type")}>
        <h1>Morning 早安</h1>
        <h2>Morning 早安</h2>
        <h3>Morning 早安</h3>
        <p>{t("ui.sampleText")}</p>
        <p className="mono">0123456789 order.placed</p>
      </Panel>
    </div>
  );
}
