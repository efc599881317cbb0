import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Problem } from "../api/problem.ts";
import { Page } from "./page.tsx";
import { Answer } from "./states.tsx";

/** A page about one answer. Its heading stands while it is loading, and where there is none. */
export function PageOf<T>({
  of,
  title,
  above,
  children,
}: {
  of: UseQueryResult<T, Problem>;
  /** Already made safe to show. */
  title: string;
  above?: ReactNode;
  /** The whole page, with its own heading. */
  children: (data: T) => ReactNode;
}): ReactNode {
  if (of.data !== undefined) return <Answer of={of}>{children}</Answer>;
  return (
    <Page title={title} above={above}>
      <Answer of={of}>{() => null}</Answer>
    </Page>
  );
}
