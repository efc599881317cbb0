import { useEffect, useRef, type ReactNode } from "react";
import { shown } from "../i18n/foreign.ts";
import * as format from "../i18n/format.ts";
import { useLive } from "../live.tsx";
import type { Page } from "../pillar.ts";
import { usePreferences } from "../preferences.tsx";
import { Go } from "../ui/go.tsx";
import { Icon, Mark } from "../ui/icons.tsx";
import { useListed, usePage } from "./pages.ts";

function PageLink({ page, onGo }: { page: Page; onGo: (() => void) | undefined }): ReactNode {
  const { locale } = usePreferences();
  const { path: current = "", within } = usePage() ?? {};
  const { path, title, icon } = page;
  const inside =
    within === path || current === path || (path !== "/" && current.startsWith(`${path}/`));
  return (
    <Go
      to={path}
      className={inside ? "page-link active" : "page-link"}
      title={title[locale]}
      {...(onGo === undefined ? {} : { onClick: onGo })}
    >
      {icon !== undefined && <Icon name={icon} />}
      <span className="page-link-name">{title[locale]}</span>
    </Go>
  );
}

function Pages({ onGo }: { onGo?: () => void }): ReactNode {
  const { t, locale } = usePreferences();
  const { scene } = useLive();
  const overview = scene?.overview;
  return (
    <>
      <div className="brand">
        <Mark />
        <span className="brand-name">Morning</span>
      </div>
      {useListed().map(({ pillar, pages }) => (
        <div key={pillar.id} className="rail-group">
          {pillar.title !== undefined && <p className="rail-title">{pillar.title[locale]}</p>}
          {pages.map((page) => (
            <PageLink key={page.path} page={page} onGo={onGo} />
          ))}
        </div>
      ))}
      {overview && (
        <dl className="rail-foot">
          <dt className="rail-app">
            <bdi>{shown(overview.app, 80)}</bdi>
          </dt>
          <dd>{t("nav.version", { version: shown(overview.version, 40) })}</dd>
          <dd title={format.exactTime(overview.startedAtMs)}>
            {t("nav.uptime", {
              duration: format.age(overview.nowMs - overview.startedAtMs, locale),
            })}
          </dd>
        </dl>
      )}
    </>
  );
}

/** The pages at the left; below 700 px a dialog that the menu button opens. */
export function Rail({ open, onClose }: { open: boolean; onClose: () => void }): ReactNode {
  const { t } = usePreferences();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <>
      <nav className="rail" aria-label={t("nav.label")}>
        <Pages />
      </nav>
      <dialog
        ref={dialog}
        className="rail-dialog"
        aria-label={t("nav.label")}
        onClose={onClose}
        onClick={(event) => {
          if (event.target === dialog.current) onClose();
        }}
      >
        <div className="rail-sheet">
          <button
            type="button"
            className="icon-button rail-close"
            aria-label={t("nav.close")}
            onClick={onClose}
          >
            <Icon name="close" />
          </button>
          {open && (
            <nav className="rail-pages" aria-label={t("nav.label")}>
              <Pages onGo={onClose} />
            </nav>
          )}
        </div>
      </dialog>
    </>
  );
}
