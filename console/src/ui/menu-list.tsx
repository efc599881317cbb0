import { Menu as Base } from "@base-ui/react/menu";
import type { ReactNode } from "react";
import { Icon } from "./icons.tsx";
import type { MenuItem, MenuProps } from "./menu.tsx";

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

/** The menu itself, open as soon as it is there. */
export default function MenuList({ label, icon, words, groups }: MenuProps): ReactNode {
  const shown = groups.filter((group) => group.length > 0);
  return (
    <Base.Root defaultOpen>
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
