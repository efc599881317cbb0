import { useState, type ReactNode } from "react";
import { Problem } from "../../../api/problem.ts";
import { Button } from "../../../ui/button.tsx";
import { Confirm, Dialog } from "../../../ui/dialog.tsx";
import { Drawer } from "../../../ui/drawer.tsx";
import { Menu } from "../../../ui/menu.tsx";
import { Panel } from "../../../ui/page.tsx";
import { useToast } from "../../../ui/toast.tsx";
import { useText } from "../text.ts";

type Open = "dialog" | "confirm" | "drawer";

const problem = new Problem({
  status: 409,
  code: "MOR_EXAMPLE",
  detail: "The example refused.",
  fix: "Nothing: this is how a refusal looks.",
});

/** What opens over a page. */
export default function Over(): ReactNode {
  const { t } = useText();
  const say = useToast();
  const [open, setOpen] = useState<Open>();
  const [checked, setChecked] = useState(true);
  const close = (): void => setOpen(undefined);
  return (
    <Panel title={t("ui.over")}>
      <div className="row">
        <Button onClick={() => setOpen("dialog")}>{t("ui.dialog")}</Button>
        <Button tone="danger" onClick={() => setOpen("confirm")}>
          {t("ui.confirm")}
        </Button>
        <Button onClick={() => setOpen("drawer")}>{t("ui.drawer")}</Button>
        <Button onClick={() => say.done(t("ui.done"), () => say.done(t("ui.undone")))}>
          {t("ui.notice")}
        </Button>
        <Button onClick={() => say.failed(t("ui.refused"), problem)}>{t("ui.failure")}</Button>
        <Menu
          label={t("ui.menu")}
          icon="list"
          words={t("ui.menu")}
          groups={[
            [{ id: "a", label: t("ui.first"), icon: "play", onPick: () => say.done(t("ui.done")) }],
            [{ id: "b", label: t("ui.second"), checked, onPick: () => setChecked(!checked) }],
          ]}
        />
      </div>
      <Dialog open={open === "dialog"} title={t("ui.dialog")} onClose={close}>
        <p className="prose">{t("ui.sampleText")}</p>
      </Dialog>
      {open === "confirm" && (
        <Confirm
          open
          title={t("ui.confirm")}
          text={t("ui.confirmText")}
          button={t("ui.danger")}
          word="example"
          onClose={close}
          onConfirm={close}
        />
      )}
      {open === "drawer" && (
        <Drawer about="example" title={t("ui.drawer")} kicker={t("ui.kind")} onClose={close}>
          <p className="prose">{t("ui.sampleText")}</p>
        </Drawer>
      )}
    </Panel>
  );
}
