import { createContext, use } from "react";

/** What the shell can open over a page. */
export interface ShellState {
  readonly openPalette: () => void;
  readonly openHelp: () => void;
}

/** Filled by the shell. */
export const ShellContext = createContext<ShellState | undefined>(undefined);

export function useShell(): ShellState {
  const value = use(ShellContext);
  if (value === undefined) throw new Error("useShell stands outside the shell");
  return value;
}
