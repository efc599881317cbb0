import { useState, type FormEvent, type ReactNode } from "react";
import { browserClock } from "../../../clock.ts";
import { call } from "../../../api/client.ts";
import { Problem } from "../../../api/problem.ts";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { Failure } from "../../../ui/states.tsx";
import { useToast } from "../../../ui/toast.tsx";
import type { Matcher } from "./alert-data.ts";
import { LengthField } from "./length-field.tsx";
import { MatcherFields } from "./matcher-fields.tsx";
import { useText } from "./text.ts";

const hourMs = 3_600_000;

/** What silences one alert, or one of its instances. */
export function matchersOf(
  alert: string,
  labels: Readonly<Record<string, string>> = {},
): readonly Matcher[] {
  return [
    { label: "alert", op: "=", value: alert },
    ...Object.entries(labels).map(([label, value]) => ({ label, op: "=" as const, value })),
  ];
}

/** Silences what matches from now on, for a time and for a reason. */
export function SilenceForm({
  matchers: first,
  onClose,
}: {
  matchers: readonly Matcher[];
  onClose: () => void;
}): ReactNode {
  const { t } = useText();
  const say = useToast();
  const [matchers, setMatchers] = useState(first);
  const [forMs, setFor] = useState(2 * hourMs);
  const [why, setWhy] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    const fromMs = browserClock.nowMs();
    try {
      const body = { matchers: [...matchers], fromMs, untilMs: fromMs + forMs, why: why.trim() };
      await call("post", "/silences", { body });
      say.done(t("silence.done"));
      onClose();
    } catch (thrown) {
      setProblem(thrown instanceof Problem ? thrown : Problem.unreachable(thrown));
      setBusy(false);
    }
  };
  return (
    <Dialog open title={t("silence.new")} onClose={onClose}>
      <form className="stack" onSubmit={(event) => void submit(event)}>
        <MatcherFields matchers={matchers} onChange={setMatchers} />
        <div className="form-row">
          <LengthField
            label={t("silence.for")}
            value={forMs}
            min={60_000}
            onChange={setFor}
            hint={t("length.hint")}
          />
        </div>
        <label className="field">
          <span>{t("silence.why")}</span>
          <input
            className="input"
            required
            maxLength={1000}
            value={why}
            onChange={(event) => setWhy(event.target.value)}
          />
        </label>
        {problem !== undefined && <Failure problem={problem} />}
        <div className="dialog-foot">
          <Button onClick={onClose}>{t("dialog.cancel")}</Button>
          <Button submits tone="main" busy={busy} disabled={why.trim() === ""}>
            {t("silence.make")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
