import { useState, type FormEvent, type ReactNode } from "react";
import { useSession } from "../api/session.tsx";
import { usePreferences } from "../preferences.tsx";
import { Problem } from "../api/problem.ts";
import { Button } from "../ui/button.tsx";
import { Mark } from "../ui/icons.tsx";
import { Failure } from "../ui/states.tsx";

/** Asks for an API key. Over a page that was open, the page and what was typed there stay. */
export function SignIn({ again }: { again: boolean }): ReactNode {
  const { t } = usePreferences();
  const { signIn } = useSession();
  const [key, setKey] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      await signIn(key.trim());
    } catch (thrown) {
      setProblem(thrown instanceof Problem ? thrown : Problem.unreachable(thrown));
    } finally {
      setBusy(false);
    }
  };
  return (
    <main className={again ? "sign-in over" : "sign-in"}>
      <form className="panel sign-in-form" onSubmit={(event) => void submit(event)}>
        <Mark size={32} />
        <h1>{t("signIn.title")}</h1>
        <p>{t(again ? "signIn.again" : "signIn.text")}</p>
        {/* Password managers file a key under a name. */}
        <input
          className="hidden"
          type="text"
          autoComplete="username"
          value="morning"
          readOnly
          hidden
        />
        <label className="field">
          <span>{t("signIn.key")}</span>
          <input
            className="input mono"
            type="password"
            autoComplete="current-password"
            autoFocus
            required
            value={key}
            onChange={(event) => setKey(event.target.value)}
          />
        </label>
        {problem !== undefined && <Failure problem={problem} />}
        <Button submits tone="main" busy={busy} disabled={key.trim() === ""}>
          {t("signIn.button")}
        </Button>
      </form>
    </main>
  );
}
