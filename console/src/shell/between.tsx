import { useState, type FormEvent, type ReactNode } from "react";
import { browserClock } from "../clock.ts";
import { usePreferences } from "../preferences.tsx";
import { spanOf, useRange, type Range } from "../range.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";

/** A moment as a field for date and time has it: local, to the second. */
function fieldValue(atMs: number): string {
  const local = new Date(atMs - new Date(atMs).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}

/** Asks for the two moments that a range lies between. */
export default function Between({
  range,
  onClose,
}: {
  range: Range;
  onClose: () => void;
}): ReactNode {
  const { t } = usePreferences();
  const [, setRange] = useRange();
  const span = spanOf(range, browserClock.nowMs());
  const [from, setFrom] = useState(fieldValue(span.fromMs));
  const [to, setTo] = useState(fieldValue(span.toMs));
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
  const wrong = !(fromMs < toMs);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (wrong) return;
    setRange({ fromMs, toMs });
    onClose();
  };
  const field = (label: string, value: string, set: (text: string) => void): ReactNode => (
    <label className="field">
      <span>{label}</span>
      <input
        className="input"
        type="datetime-local"
        step="1"
        required
        value={value}
        onChange={(event) => set(event.target.value)}
      />
    </label>
  );
  return (
    <Dialog open title={t("range.custom")} onClose={onClose}>
      <form className="confirm" onSubmit={submit}>
        {field(t("range.from"), from, setFrom)}
        {field(t("range.to"), to, setTo)}
        {wrong && (
          <p className="field-problem" role="alert">
            {t("range.order")}
          </p>
        )}
        <div className="dialog-foot">
          <Button onClick={onClose}>{t("dialog.cancel")}</Button>
          <Button submits tone="main" disabled={wrong}>
            {t("range.apply")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
