import { useEffect, useId, useRef, type ReactNode } from "react";
import { usePreferences } from "../preferences.tsx";
import { IconButton } from "./button.tsx";

interface DrawerProps {
  readonly title: ReactNode;
  /** Above the title: kind and state. */
  readonly kicker?: ReactNode;
  readonly actions?: ReactNode;
  /** What it is about: the focus moves to the heading when that changes. */
  readonly about: string;
  readonly onClose: () => void;
  /** For forms and long lines. */
  readonly wide?: boolean;
  readonly children: ReactNode;
}

/**
 * The details of one thing at the right of the page, which stays in use. Escape closes it, the
 * focus goes back to where it was. Whether it is open belongs in the URL.
 */
export function Drawer(props: DrawerProps): ReactNode {
  const { title, kicker, actions, about, onClose, wide = false, children } = props;
  const { t } = usePreferences();
  const heading = useRef<HTMLHeadingElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    return () => {
      if (before instanceof HTMLElement && before.isConnected)
        before.focus({ preventScroll: true });
    };
  }, []);
  useEffect(() => heading.current?.focus({ preventScroll: true }), [about]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      // A notice calls itself a dialog, but does not stand over the page.
      const over = "[role=dialog]:not(.toast), [role=menu], [role=listbox]";
      if (event.key !== "Escape" || event.defaultPrevented) return;
      if (document.querySelector(over) === null) onClose();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });
  return (
    <aside className={wide ? "detail wide" : "detail"} aria-labelledby={id}>
      <div className="detail-head">
        <div>
          {kicker !== undefined && <div className="detail-kind">{kicker}</div>}
          <h2 id={id} ref={heading} tabIndex={-1}>
            {title}
          </h2>
        </div>
        <span className="spring" />
        {actions}
        <IconButton
          icon="close"
          label={t("detail.close")}
          title={`${t("detail.close")} (Esc)`}
          onClick={onClose}
        />
      </div>
      <div className="detail-body">{children}</div>
    </aside>
  );
}
