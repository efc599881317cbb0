import type { ButtonHTMLAttributes, ReactNode } from "react";
import { Icon, type IconName } from "./icons.tsx";

interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "type"> {
  readonly icon?: IconName;
  readonly tone?: "plain" | "main" | "danger" | "quiet";
  readonly size?: "normal" | "small";
  /** Work is under way: the button waits, and says so. */
  readonly busy?: boolean;
  readonly submits?: boolean;
}

/** A button with words. */
export function Button({
  icon,
  tone = "plain",
  size = "normal",
  busy = false,
  submits = false,
  className = "",
  children,
  disabled,
  ...rest
}: ButtonProps): ReactNode {
  return (
    <button
      {...rest}
      type={submits ? "submit" : "button"}
      className={`button ${tone} ${size} ${className}`}
      aria-busy={busy}
      disabled={disabled === true || busy}
    >
      {icon !== undefined && <Icon name={icon} size={14} />}
      {children}
    </button>
  );
}

interface IconButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "type"> {
  readonly icon: IconName;
  /** What it does, for those who point at it and for those who cannot see it. */
  readonly label: string;
}

/** A button that is an icon; its label is its name and its title. */
export function IconButton({ icon, label, className = "", ...rest }: IconButtonProps): ReactNode {
  return (
    <button
      title={label}
      {...rest}
      type="button"
      className={`icon-button ${className}`}
      aria-label={label}
    >
      <Icon name={icon} />
    </button>
  );
}
