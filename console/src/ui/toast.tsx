import { Toast } from "@base-ui/react/toast";
import { useMemo, type ReactNode } from "react";
import { Problem } from "../api/problem.ts";
import { shown } from "../i18n/foreign.ts";
import { usePreferences } from "../preferences.tsx";
import { HealthIcon, Icon } from "./icons.tsx";

/** How the console says that something was done, or was not. */
export interface Sayer {
  done(title: string, undo?: () => void): void;
  failed(title: string, problem: unknown): void;
}

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

/** Lets every page say what became of an action, at the lower right. */
export function ToastProvider({ children }: { children: ReactNode }): ReactNode {
  const { t } = usePreferences();
  return (
    <Toast.Provider limit={4}>
      {children}
      <Toast.Portal>
        <Toast.Viewport className="toasts" aria-label={t("toast.label")}>
          <List />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function described(problem: unknown): string {
  if (!(problem instanceof Problem)) return shown(String(problem), 300);
  const { message, fix, code } = problem;
  return shown([message, fix, code].filter((part) => part !== "").join(" · "), 500);
}

export function useToast(): Sayer {
  const { t } = usePreferences();
  const { add, close } = Toast.useToastManager();
  return useMemo<Sayer>(
    () => ({
      done(title, undo) {
        if (undo === undefined) return void add({ title, type: "done", timeout: doneMs });
        const id = add({
          title,
          type: "done",
          timeout: undoMs,
          actionProps: {
            children: t("toast.undo"),
            onClick() {
              close(id);
              undo();
            },
          },
        });
      },
      failed(title, problem) {
        const description = described(problem);
        add({ title, description, type: "failed", timeout: failedMs, priority: "high" });
      },
    }),
    [add, close, t],
  );
}
