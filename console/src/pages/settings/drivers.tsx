import type { ReactNode } from "react";
import type { AnswerOf } from "../../api/client.ts";
import { useApi } from "../../api/query.ts";
import { shown } from "../../i18n/foreign.ts";
import * as format from "../../i18n/format.ts";
import { Tag } from "../../ui/badge.tsx";
import { Facts } from "../../ui/figures.tsx";
import { Icon } from "../../ui/icons.tsx";
import { kindName } from "../../ui/names.ts";
import { Panel } from "../../ui/page.tsx";
import { Answer } from "../../ui/states.tsx";
import { useText } from "./text.ts";
import { wordsKey } from "./words.ts";

type Driver = AnswerOf<"/platform", "get">["drivers"][number];

/** What an engine can do or up to where, in a word. */
function Feature({ name, value }: { name: string; value: Driver["features"][string] }): ReactNode {
  const { t, locale } = useText();
  if (typeof value === "boolean") {
    return (
      <span className="row">
        <Icon name={value ? "check" : "minus"} size={14} />
        {t(value ? "form.true" : "form.false")}
      </span>
    );
  }
  if (value === null) return t("drivers.noLimit");
  if (typeof value === "string") return <bdi className="mono">{shown(value, 60)}</bdi>;
  if (/bytes/i.test(name)) return value === 0 ? t("drivers.itsOwn") : format.bytes(value);
  return /ms/i.test(name) ? format.duration(value, locale) : format.exactNumber(value, locale);
}

function Capability({ driver: { kind, engine, features } }: { driver: Driver }): ReactNode {
  const { t } = useText();
  const words = (name: string): string => {
    const key = wordsKey("feature", name);
    return key === undefined ? shown(name, 60) : t(key);
  };
  return (
    <Panel
      title={kind === "state" ? t("drivers.state") : kindName(t, kind)}
      actions={<Tag mono>{shown(engine, 60)}</Tag>}
    >
      {Object.keys(features).length === 0 ? (
        <p className="prose">{t("drivers.stateText")}</p>
      ) : (
        <Facts
          facts={Object.entries(features).map(([name, value]) => [
            words(name),
            <Feature key={name} name={name} value={value} />,
          ])}
        />
      )}
    </Panel>
  );
}

/** Which engine serves each capability, and what it can do. */
export function Drivers(): ReactNode {
  const { t } = useText();
  const query = useApi("/platform", {});
  return (
    <>
      <p className="prose">{t("drivers.hint")}</p>
      <Answer of={query}>
        {({ drivers }) => (
          <div className="columns">
            {drivers.map((driver) => (
              <Capability key={driver.kind} driver={driver} />
            ))}
          </div>
        )}
      </Answer>
    </>
  );
}
