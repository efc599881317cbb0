import { Tabs as Base } from "@base-ui/react/tabs";
import type { ReactNode } from "react";
import { Count } from "./figures.tsx";

/** One of several views of the same thing. */
export interface Tab<Name extends string> {
  readonly name: Name;
  readonly label: string;
  readonly count?: number | undefined;
  readonly content: () => ReactNode;
}

interface TabsProps<Name extends string> {
  readonly label: string;
  readonly tabs: readonly Tab<Name>[];
  readonly value: Name;
  /** Puts the choice into the URL. */
  readonly onChange: (name: Name) => void;
}

/** Views of one thing, one at a time. */
export function Tabs<Name extends string>(props: TabsProps<Name>): ReactNode {
  const { label, tabs, value, onChange } = props;
  const current = tabs.find(({ name }) => name === value) ?? tabs[0];
  if (current === undefined) return null;
  return (
    <Base.Root
      className="tabs"
      value={current.name}
      onValueChange={(next) => onChange(next as Name)}
    >
      <Base.List className="tab-list" aria-label={label}>
        {tabs.map(({ name, label: words, count }) => (
          <Base.Tab key={name} value={name} className="tab">
            {words}
            {count !== undefined && (
              <span className="chip-count">
                <Count value={count} />
              </span>
            )}
          </Base.Tab>
        ))}
      </Base.List>
      <Base.Panel key={current.name} value={current.name} className="tab-panel">
        {current.content()}
      </Base.Panel>
    </Base.Root>
  );
}
