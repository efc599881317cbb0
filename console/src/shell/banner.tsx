import type { ReactNode } from "react";
import * as format from "../i18n/format.ts";
import { HealthIcon, Icon } from "../ui/icons.tsx";
import { useLive } from "../live.tsx";
import { useNow } from "../now.ts";
import { usePreferences } from "../preferences.tsx";

function Lost(): ReactNode {
  const { t, locale } = usePreferences();
  const { connection, scene, retry } = useLive();
  const nowMs = useNow(true);
  const waitMs = (connection.retryAtMs ?? 0) - nowMs;
  const what = scene
    ? t("line.lostAge", { age: format.age(nowMs - scene.heardAtMs, locale) })
    : t("line.lostNothing");
  const wait = waitMs > 0 ? format.duration(Math.ceil(waitMs / 1000) * 1000, locale) : undefined;
  return (
    <section className="banner failing" aria-label={t("banner.label")}>
      <HealthIcon health="failing" size={16} />
      <p>
        <strong role="alert">{t("line.lostTitle")}</strong> {what}{" "}
        {wait === undefined ? t("line.lostTrying") : t("line.lostRetry", { wait })}
      </p>
      <button type="button" className="button small" onClick={retry}>
        {t("line.retry")}
      </button>
    </section>
  );
}

function Paused({ atMs }: { atMs: number }): ReactNode {
  const { t, locale } = usePreferences();
  const { resume } = useLive();
  const nowMs = useNow(true);
  return (
    <section className="banner" aria-label={t("banner.label")}>
      <Icon name="pause" />
      <p>{t("line.pausedAge", { age: format.age(nowMs - atMs, locale) })}</p>
      <button type="button" className="button small" onClick={resume}>
        {t("bar.resume")}
      </button>
    </section>
  );
}

/** Says so when what is on the screen is not what is now. */
export function Banner(): ReactNode {
  const { connection, pausedAtMs } = useLive();
  if (connection.phase === "lost") return <Lost />;
  return pausedAtMs === undefined ? null : <Paused atMs={pausedAtMs} />;
}
