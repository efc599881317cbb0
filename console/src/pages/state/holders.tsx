import type { ReactNode } from "react";
import { useLive } from "../../live.tsx";
import { verbName } from "../../ui/names.ts";
import { ResourceLink } from "../../ui/go.tsx";
import { useText } from "./text.ts";

/** The services that hold a resource (`table/orders`), and what they do with it. */
export function Holders({ id, verbs = true }: { id: string; verbs?: boolean }): ReactNode {
  const { t } = useText();
  const { scene } = useLive();
  const edges = scene?.overview.edges.filter(({ from, to }) => from === id || to === id) ?? [];
  const holders = new Map(
    edges.map(({ from, to, verb }) => [(from === id ? to : from).replace(/^service\//, ""), verb]),
  );
  if (holders.size === 0) return <span className="none">–</span>;
  return (
    <span className="row">
      {[...holders].map(([name, verb]) => (
        <span key={name} className="row">
          <ResourceLink kind="service" name={name} />
          {verbs && <span className="hint">{verbName(t, verb)}</span>}
        </span>
      ))}
    </span>
  );
}
