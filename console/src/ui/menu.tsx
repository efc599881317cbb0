import { Menu as Base } from "@base-ui/react/menu";
import type { ReactNode } from "react";
import { Icon, type IconName } from "./icons.tsx";

/** An entry of a menu; one with `checked` stays open and is switched. */
export interface MenuItem {
  readonly id: string;
  readonly label: string;
  readonly icon?: IconName;
  readonly checked?: boolean;
  readonly onPick: () => void;
}

interface MenuProps {
  readonly label: string;
  readonly icon: IconName;
  /** Shown beside the icon; the label alone names it if left out. */
  readonly words?: ReactNode;
  readonly groups: readonly (readonly MenuItem[])[];
}

function Entry({ item }: { item: MenuItem }): ReactNode {
  const { label, icon, checked, onPick } = item;
  if (checked === undefined) {
    return (
      <Base.Item className="menu-item" onClick={onPick}>
        {icon !== undefined && <Icon name={icon} size={14} />}
        {label}
      </Base.Item>
    );
  }
  return (
    <Base.CheckboxItem className="menu-item" checked={checked} onCheckedChange={onPick}>
      <span className="menu-check">{checked && <Icon name="check" size={14} />}</span>
      {label}
    </Base.CheckboxItem>
  );
}

/** A button that opens a list of things to do or to choose. */
export function Menu({ label, icon, words, groups }: MenuProps): ReactNode {
  const shown = groups.filter((group) => group.length > 0);
  return (
    <Base.Root>
      <Base.Trigger
        className={words === undefined ? "icon-button" : "button small"}
        aria-label={label}
        title={label}
      >
        <Icon name={icon} size={words === undefined ? 16 : 14} />
        {words}
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner align="end" sideOffset={4} className="menu-place">
          <Base.Popup className="menu">
            {shown.map((group, index) => (
              <Base.Group key={group[0]?.id} className="menu-group">
                {index > 0 && <Base.Separator className="menu-line" />}
                {group.map((item) => (
                  <Entry key={item.id} item={item} />
                ))}
              </Base.Group>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
