import { Toast } from "@base-ui/react/toast";
import { useEffect, useRef, type ReactNode } from "react";
import { usePreferences } from "../preferences.tsx";
import { HealthIcon, Icon } from "./icons.tsx";
import type { Notice } from "./toast.tsx";

const doneMs = 6_000;
const undoMs = 12_000;
const failedMs = 15_000;

function List(): ReactNode {
  const { t } = usePreferences();
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className={`toast ${toast.type ?? ""}`}>
      <HealthIcon health={toast.type === "failed" ? "failing" : "ok"} size={16} />
      <Toast.Content className="toast-words">
        <Toast.Title className="toast-title" />
        <Toast.Description className="toast-text" />
      </Toast.Content>
      {toast.actionProps !== undefined && <Toast.Action className="button small" />}
      <Toast.Close className="icon-button tiny" aria-label={t("toast.close")}>
        <Icon name="close" size={14} />
      </Toast.Close>
    </Toast.Root>
  ));
}

/** Hands new notices over to the list that shows them, each once. */
function Handing({ notices }: { notices: readonly Notice[] }): ReactNode {
  const { t } = usePreferences();
  const { add, close } = Toast.useToastManager();
  const last = useRef(0);
  useEffect(() => {
    for (const { id, title, text, undo } of notices.filter((one) => one.id > last.current)) {
      last.current = id;
      if (text !== undefined) {
        add({ title, description: text, type: "failed", timeout: failedMs, priority: "high" });
      } else if (undo === undefined) {
        add({ title, type: "done", timeout: doneMs });
      } else {
        const onClick = (): void => {
          close(shown);
          undo();
        };
        const actionProps = { children: t("toast.undo"), onClick };
        const shown = add({ title, type: "done", timeout: undoMs, actionProps });
      }
    }
  }, [add, close, notices, t]);
  return null;
}

/** What was said, at the lower right. */
export default function ToastList({ notices }: { notices: readonly Notice[] }): ReactNode {
  const { t } = usePreferences();
  return (
    <Toast.Provider limit={4}>
      <Handing notices={notices} />
      <Toast.Portal>
        <Toast.Viewport className="toasts" aria-label={t("toast.label")}>
          <List />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}
