import { useState, type ComponentType, type ReactNode } from "react";
import { Icon, type IconName } from "./icons.tsx";
import { loadedOnce } from "./loaded.ts";

/** An entry of a menu; one with `checked` stays open and is switched. */
export interface MenuItem {
  readonly id: string;
  readonly label: string;
  readonly icon?: IconName;
  readonly checked?: boolean;
  readonly onPick: () => void;
}

export interface MenuProps {
  readonly label: string;
  readonly icon: IconName;
  /** Shown beside the icon; the label alone names it if left out. */
  readonly words?: ReactNode;
  readonly groups: readonly (readonly MenuItem[])[];
}

const load = async (): Promise<{ readonly default: ComponentType<MenuProps> }> =>
  import("./menu-list.tsx");
const useList = loadedOnce(load);

function Opened({ menu, button }: { menu: MenuProps; button: ReactNode }): ReactNode {
  const List = useList();
  return List === undefined ? button : <List {...menu} />;
}

/**
 * A button that opens a list of things to do or to choose. The list's code comes when somebody
 * reaches for the button.
 */
export function Menu(props: MenuProps): ReactNode {
  const { label, icon, words } = props;
  const [opened, setOpened] = useState(false);
  const reach = (): void => void load().catch(() => undefined);
  const button = (
    <button
      type="button"
      className={words === undefined ? "icon-button" : "button small"}
      aria-label={label}
      title={label}
      aria-haspopup="menu"
      aria-expanded={false}
      onPointerEnter={reach}
      onFocus={reach}
      onClick={() => setOpened(true)}
    >
      <Icon name={icon} size={words === undefined ? 16 : 14} />
      {words}
    </button>
  );
  return opened ? <Opened menu={props} button={button} /> : button;
}
