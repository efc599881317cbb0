import type { ReactNode } from "react";
import type { Health } from "../api/overview.ts";
import { HealthIcon } from "./icons.tsx";

/** A state in words, with its shape and colour. */
export function Badge({ health, children }: { health: Health; children: ReactNode }): ReactNode {
  return (
    <span className={`badge ${health}`}>
      <HealthIcon health={health} size={12} />
      {children}
    </span>
  );
}

/** A property in a word or two, without a judgement. */
export function Tag({
  children,
  mono = false,
}: {
  children: ReactNode;
  mono?: boolean;
}): ReactNode {
  return <span className={mono ? "tag-plain mono" : "tag-plain"}>{children}</span>;
}
