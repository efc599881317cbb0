import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useCallback, type MouseEvent, type ReactNode } from "react";
import { shown } from "../i18n/foreign.ts";
import { placeOf } from "../places.ts";
import { KindIcon } from "./icons.tsx";

interface GoProps {
  /** A path of the console: `/queues/mail`. */
  readonly to: string;
  readonly search?: Readonly<Record<string, unknown>>;
  readonly className?: string;
  readonly children: ReactNode;
  readonly onClick?: (event: MouseEvent) => void;
  readonly title?: string;
}

/** A link within the console. The global time range comes along. */
export function Go({ to, search, children, ...rest }: GoProps): ReactNode {
  return (
    <Link to={to as "."} {...(search === undefined ? {} : { search: search as never })} {...rest}>
      {children}
    </Link>
  );
}

/** A resource by its icon and name, linked to its page. */
export function ResourceLink({
  kind,
  name,
  icon = true,
}: {
  kind: string;
  name: string;
  icon?: boolean;
}): ReactNode {
  const place = placeOf(kind, name);
  const inner = (
    <>
      {icon && <KindIcon kind={kind} size={14} />}
      <bdi>{shown(name, 120)}</bdi>
    </>
  );
  if (place === undefined) return <span className="resource">{inner}</span>;
  return (
    <Go to={place} className="resource" onClick={(event) => event.stopPropagation()}>
      {inner}
    </Go>
  );
}

/** Goes to a path of the console, as a link to it would. */
export function useGo(): (to: string) => void {
  const navigate = useNavigate();
  return useCallback((to) => void navigate({ to: to as "." }), [navigate]);
}

/** The name in the path of a page about one resource: `/queues/$name`. */
export function useName(): string {
  return (useParams({ strict: false }) as { readonly name?: string }).name ?? "";
}
