import { Link, type ErrorComponentProps } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { shown } from "../i18n/foreign.ts";
import { usePreferences } from "../preferences.tsx";

/** What a path shows that no page has. */
export function NotFound(): ReactNode {
  const { t } = usePreferences();
  return (
    <div className="notice">
      <h1>{t("notFound.title")}</h1>
      <Link to="/" className="button">
        {t("notFound.back")}
      </Link>
    </div>
  );
}

/** What stands in the place of a page that threw. */
export function Failed({ error }: ErrorComponentProps): ReactNode {
  const { t } = usePreferences();
  return (
    <div className="notice" role="alert">
      <h1>{t("failed.title")}</h1>
      <p className="mono">{shown(error instanceof Error ? error.message : String(error))}</p>
      <button type="button" className="button" onClick={() => location.reload()}>
        {t("failed.again")}
      </button>
    </div>
  );
}
