import { createContext, use, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { Problem } from "../api/problem.ts";
import { shown } from "../i18n/foreign.ts";
import { whenIdle } from "./idle.ts";
import { loadedOnce } from "./loaded.ts";

/** How the console says that something was done, or was not. */
export interface Sayer {
  done(title: string, undo?: () => void): void;
  failed(title: string, problem: unknown): void;
}

/** Something that was said; one with a text is a failure. */
export interface Notice {
  /** Grows. */
  readonly id: number;
  readonly title: string;
  readonly text?: string;
  readonly undo?: () => void;
}

const noticesMax = 20;
const Context = createContext<Sayer | undefined>(undefined);
const load = () => import("./toast-list.tsx");
const useList = loadedOnce(load);

function Said({ notices }: { notices: readonly Notice[] }): ReactNode {
  const List = useList();
  return List === undefined ? null : <List notices={notices} />;
}

function described(problem: unknown): string {
  if (!(problem instanceof Problem)) return shown(String(problem), 300);
  const { message, fix, code } = problem;
  return shown([message, fix, code].filter((part) => part !== "").join(" · "), 500);
}

/**
 * Lets every page say what became of an action. What shows it is loaded once the page stands, since
 * it must be there when the server is not.
 */
export function ToastProvider({ children }: { children: ReactNode }): ReactNode {
  const [notices, setNotices] = useState<readonly Notice[]>([]);
  const last = useRef(0);
  useEffect(() => whenIdle(() => void load().catch(() => undefined)), []);
  const sayer = useMemo<Sayer>(() => {
    const say = (notice: Omit<Notice, "id">): void => {
      const id = ++last.current;
      setNotices((old) => [...old.slice(1 - noticesMax), { ...notice, id }]);
    };
    return {
      done: (title, undo) => say(undo === undefined ? { title } : { title, undo }),
      failed: (title, problem) => say({ title, text: described(problem) }),
    };
  }, []);
  return (
    <Context value={sayer}>
      {children}
      {notices.length > 0 && <Said notices={notices} />}
    </Context>
  );
}

export function useToast(): Sayer {
  const value = use(Context);
  if (value === undefined) throw new Error("useToast stands outside ToastProvider");
  return value;
}
