import { useState, type ReactNode } from "react";
import type { AnswerOf } from "../../../api/client.ts";
import { isolated, shown } from "../../../i18n/foreign.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Facts } from "../../../ui/figures.tsx";
import { ResourceLink } from "../../../ui/go.tsx";
import { HealthIcon } from "../../../ui/icons.tsx";
import { Panel } from "../../../ui/page.tsx";
import { JsonView } from "../../../ui/viewer/view.tsx";
import { useText } from "../text.ts";
import { ruleText, wantsText, type Branch, type Path, type Rule } from "./sentence.ts";

export type Explained = AnswerOf<"/events/explain", "post">;

const leavesMax = 12;
const foundMax = 5;

/** What a path was wanted to be and what the event has there, each with its verdict. */
function Leaves({ path }: { path: Path }): ReactNode {
  const { t, locale } = useText();
  const { leaves, found, foundCount, matched } = path;
  const values = found.slice(0, foundMax).map((value) => shown(JSON.stringify(value), 80));
  return (
    <div>
      <ul>
        {leaves.slice(0, leavesMax).map((leaf) => (
          <li key={leaf.wants} className="sentence">
            <HealthIcon health={leaf.matched ? "ok" : matched ? "unknown" : "failing"} />
            <span className="hidden">{t(leaf.matched ? "event.leafYes" : "event.leafNo")}</span>
            <span>
              <span className="none">{t("event.wants")}</span>{" "}
              {wantsText(t, locale, leaf.condition)}
            </span>
          </li>
        ))}
        {leaves.length > leavesMax && (
          <li className="none">{t("event.leavesMore", { count: leaves.length - leavesMax })}</li>
        )}
      </ul>
      <p className="row">
        <span className="none">{t("event.found")}</span>
        <bdi className="mono">{values.length === 0 ? t("event.foundNone") : values.join(", ")}</bdi>
        {foundCount > values.length && (
          <span className="none">
            {t("event.foundMore", { count: foundCount - values.length })}
          </span>
        )}
      </p>
    </div>
  );
}

function BranchView({ branch, nth, of }: { branch: Branch; nth: number; of: number }): ReactNode {
  const { t } = useText();
  // What failed comes first: it is what people look for.
  const paths = branch.paths.toSorted((a, b) => Number(a.matched) - Number(b.matched));
  return (
    <div>
      {of > 1 && (
        <>
          <p className="row">
            <HealthIcon health={branch.matched ? "ok" : "failing"} />
            <strong>{t("event.branch", { nth, of })}</strong>
          </p>
          {branch.reason === "elements" && <p className="none">{t("event.branchElements")}</p>}
          {branch.reason === "undecided" && <p className="none">{t("event.branchUndecided")}</p>}
        </>
      )}
      <Facts
        facts={paths.map((path) => [shown(path.path, 160), <Leaves key={path.path} path={path} />])}
      />
    </div>
  );
}

const branchesMax = 8;

/** One subscription: whether it gets the event, the sentence why, and the paths that decided. */
function RuleView({ rule }: { rule: Rule }): ReactNode {
  const { t, locale } = useText();
  const { name, service, matched, branches, pattern } = rule;
  return (
    <Panel
      title={isolated(name, 120)}
      actions={
        <Badge health={matched ? "ok" : "failing"}>
          {t(matched ? "event.matched" : "event.notMatched")}
        </Badge>
      }
    >
      <p>{ruleText(t, locale, rule)}</p>
      <p className="row">
        <span className="none">{t("event.subscriber")}</span>
        <ResourceLink kind="service" name={service} />
      </p>
      <div className="columns">
        <div className="stack">
          {branches.slice(0, branchesMax).map((branch, index) => (
            <BranchView key={index} branch={branch} nth={index + 1} of={branches.length} />
          ))}
          {branches.length > branchesMax && (
            <p className="none">
              {t("event.branchesMore", { count: branches.length - branchesMax })}
            </p>
          )}
        </div>
        <JsonView value={pattern} label={t("event.pattern")} heightMax={240} />
      </div>
    </Panel>
  );
}

/** Subscriptions to other events that do not get it: their reason is nearly always the type. */
function Others({ rules }: { rules: readonly Rule[] }): ReactNode {
  const { t } = useText();
  const [open, setOpen] = useState(false);
  if (rules.length === 0) return null;
  return (
    <>
      <div>
        <Button
          size="small"
          icon={open ? "up" : "down"}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {t("event.others", { count: rules.length })}
        </Button>
      </div>
      {open && rules.map((rule) => <RuleView key={rule.name} rule={rule} />)}
    </>
  );
}

/** Rule by rule why an event reaches each subscription, or not. */
export function Rules({ explained }: { explained: Explained }): ReactNode {
  const { t } = useText();
  const { subscriptions, delivered, event } = explained;
  const type = event["detail-type"];
  const near = subscriptions.filter((rule) => rule.matched || rule.event === type);
  const far = subscriptions.filter((rule) => !near.includes(rule));
  const ordered = near.toSorted((a, b) => Number(b.matched) - Number(a.matched));
  return (
    <div className="stack" role="region" aria-label={t("event.verdict")}>
      <p className={`sentence ${delivered.length > 0 ? "ok" : "warning"}`} role="status">
        <HealthIcon health={delivered.length > 0 ? "ok" : "warning"} size={16} />
        <span>
          {t("event.reaches", {
            type: isolated(typeof type === "string" ? type : "", 128),
            count: delivered.length,
            total: subscriptions.length,
          })}
        </span>
      </p>
      {ordered.map((rule) => (
        <RuleView key={rule.name} rule={rule} />
      ))}
      {ordered.length === 0 && <p className="nothing">{t("event.nobodyListens")}</p>}
      <Others rules={far} />
    </div>
  );
}
