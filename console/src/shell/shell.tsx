import { Outlet, useNavigate } from "@tanstack/react-router";
import {
  lazy,
  Suspense,
  useEffect,
  useMemo,
  useState,
  type ComponentType,
  type ReactNode,
} from "react";
import { useSession } from "../api/session.tsx";
import { browserClock } from "../clock.ts";
import { useLive } from "../live.tsx";
import { usePreferences } from "../preferences.tsx";
import { insistent } from "../ui/loaded.ts";
import { Banner } from "./banner.tsx";
import { Bar } from "./bar.tsx";
import { useKeys, type Keys } from "./keys.ts";
import { letterOf, useListed } from "./pages.ts";
import { Rail } from "./rail.tsx";
import { ShellContext, type ShellState } from "./shell-state.ts";
import { SignIn } from "./sign-in.tsx";

const loadPalette = async (): Promise<{ readonly default: ComponentType<Closing> }> =>
  import("./palette.tsx");
const Palette = lazy(() => insistent(loadPalette));
const Help = lazy(() => insistent(() => import("./help.tsx")));

interface Closing {
  readonly onClose: () => void;
}

/** Stands in while what was opened is on its way: Escape takes it back already. */
function Coming({ onClose }: Closing): ReactNode {
  useEffect(() => {
    const onKey = ({ key }: KeyboardEvent): void => void (key === "Escape" && onClose());
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });
  return null;
}

/** Once the first page has what it needs. */
const paletteMs = 3000;

type Over = "palette" | "help";

/** The keys of every page: the palette, the help, holding the page, going to a page. */
function useShellKeys(open: (over: Over) => void): void {
  const navigate = useNavigate();
  const { pausedAtMs, pause, resume } = useLive();
  const pages = useListed().flatMap(({ pages: own }) => own);
  const gos = pages.map((page) => [
    `g ${letterOf(page)}`,
    () => void navigate({ to: page.path as "." }),
  ]);
  const keys: Keys = {
    ...(Object.fromEntries(gos) as Keys),
    "mod+k": () => open("palette"),
    "?": () => open("help"),
    p: () => (pausedAtMs === undefined ? pause() : resume()),
  };
  useKeys(keys);
}

function Frame({ inert }: { inert: boolean }): ReactNode {
  const { t } = usePreferences();
  const [railOpen, setRailOpen] = useState(false);
  return (
    <div className="shell" inert={inert}>
      <a className="skip" href="#content">
        {t("skip")}
      </a>
      <Rail open={railOpen} onClose={() => setRailOpen(false)} />
      <div className="column">
        <Bar onMenu={() => setRailOpen(true)} />
        <Banner />
        <main id="content" tabIndex={-1}>
          <Outlet />
        </main>
      </div>
    </div>
  );
}

/** What stands around every page: rail, bar, a word when the line is lost, what opens over it. */
export function Shell(): ReactNode {
  const { state } = useSession();
  const { scene } = useLive();
  const [over, setOver] = useState<Over>();
  useShellKeys(setOver);
  // There when it is called: what is typed right after Ctrl K must not go astray.
  useEffect(
    () => browserClock.after(paletteMs, () => void loadPalette().catch(() => undefined)),
    [],
  );
  const shell = useMemo<ShellState>(
    () => ({ openPalette: () => setOver("palette"), openHelp: () => setOver("help") }),
    [],
  );
  const close = (): void => setOver(undefined);
  const out = state === "out";
  if (out && scene === undefined) return <SignIn again={false} />;
  return (
    <ShellContext value={shell}>
      <Frame inert={out} />
      {out && <SignIn again />}
      <Suspense fallback={<Coming onClose={close} />}>
        {over === "palette" && <Palette onClose={close} />}
        {over === "help" && <Help onClose={close} />}
      </Suspense>
    </ShellContext>
  );
}
