import { Handle, Position, type Node, type NodeProps } from "@xyflow/react";
import type { ReactNode } from "react";
import type { Part } from "../../api/overview.ts";
import { isolated, shown } from "../../i18n/foreign.ts";
import { HealthIcon, KindIcon } from "../icons.tsx";
import { kindName, subtitle } from "../names.ts";
import { usePreferences } from "../../preferences.tsx";

export type CardNode = Node<
  {
    readonly part: Part;
    readonly selected: boolean;
    readonly dim: boolean;
    readonly onOpen: (id: string | undefined) => void;
  },
  "card"
>;

/** One part on the map. A real button, so that the keyboard reaches it and reads its state. */
export function Card({ data: { part, selected, dim, onOpen } }: NodeProps<CardNode>): ReactNode {
  const { t, locale } = usePreferences();
  const { note } = part;
  // A card with a line of its own is of no kind that the app's resources have.
  const look = note === undefined ? part.kind : "";
  return (
    <>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <button
        type="button"
        className={`card nopan ${look} ${part.health}${dim ? " dim" : ""}`}
        aria-expanded={selected}
        title={isolated(part.name, 200)}
        onClick={() => onOpen(selected ? undefined : part.id)}
      >
        <span className="card-kind">
          <KindIcon kind={part.kind} />
          <span className="card-health">
            <HealthIcon health={part.health} size={14} />
          </span>
        </span>
        <span className="card-text">
          {note === undefined && <span className="hidden">{kindName(t, part.kind)} </span>}
          <bdi className="card-name">{shown(part.name, 120)}</bdi>
          <span className="card-figures">{note ?? subtitle(t, locale, part)}</span>
          <span className="hidden">{t(`health.${part.health}`)}</span>
        </span>
      </button>
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </>
  );
}
