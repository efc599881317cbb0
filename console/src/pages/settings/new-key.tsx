import { useId, useState, type FormEvent, type ReactNode } from "react";
import { call, type AnswerOf } from "../../api/client.ts";
import { Problem } from "../../api/problem.ts";
import { useSession, type Role } from "../../api/session.tsx";
import { isolated } from "../../i18n/foreign.ts";
import { Button } from "../../ui/button.tsx";
import { Code } from "../../ui/copy.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Choices } from "../../ui/field.tsx";
import { HealthIcon } from "../../ui/icons.tsx";
import { Failure } from "../../ui/states.tsx";
import { useText } from "./text.ts";

type Made = AnswerOf<"/keys", "post">;

const nameMax = 100;

const abouts = {
  viewer: "keys.viewer",
  operator: "keys.operator",
  admin: "keys.admin",
  ingest: "keys.ingest",
} as const satisfies Readonly<Record<Role, string>>;
const offered: readonly Role[] = ["viewer", "operator", "admin", "ingest"];

/** The text of a new key, which nobody will see again. */
function Text({ made, onClose }: { made: Made; onClose: () => void }): ReactNode {
  const { t } = useText();
  return (
    <div className="stack">
      <p className="row">
        <HealthIcon health="warning" />
        <span>{t("keys.once")}</span>
      </p>
      <Code code={made.key} label={t("keys.text")} />
      <div className="dialog-foot">
        <Button tone="main" onClick={onClose}>
          {t("keys.kept")}
        </Button>
      </div>
    </div>
  );
}

interface FormProps {
  readonly onMade: (made: Made) => void;
  readonly onClose: () => void;
}

function Form({ onMade, onClose }: FormProps): ReactNode {
  const { t } = useText();
  const { session, signIn } = useSession();
  // As long as no key exists everybody on this machine is trusted; the first key ends that.
  const isFirst = session?.kind === "local";
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>(isFirst ? "admin" : "viewer");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const field = useId();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      const made = await call("post", "/keys", { body: { name: name.trim(), role } });
      onMade(made);
      if (isFirst) await signIn(made.key);
    } catch (thrown) {
      setProblem(thrown instanceof Problem ? thrown : Problem.unreachable(thrown));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className="stack" onSubmit={(event) => void submit(event)}>
      {isFirst && (
        <p className="row">
          <HealthIcon health="warning" />
          <span>{t("keys.first")}</span>
        </p>
      )}
      <label className="field" htmlFor={field}>
        <span>{t("keys.name")}</span>
        <input
          id={field}
          className="input"
          required
          autoFocus
          autoComplete="off"
          maxLength={nameMax}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <span className="hint">{t("keys.nameHint")}</span>
      </label>
      <Choices
        label={t("audit.role")}
        value={role}
        choices={offered.map((one) => ({
          value: one,
          words: t(`role.${one}`),
          about: t(abouts[one]),
          disabled: isFirst && one !== "admin",
        }))}
        onChange={setRole}
      />
      {problem !== undefined && <Failure problem={problem} />}
      <div className="dialog-foot">
        <Button onClick={onClose}>{t("dialog.cancel")}</Button>
        <Button submits tone="main" busy={busy} disabled={name.trim() === ""}>
          {t("keys.make")}
        </Button>
      </div>
    </form>
  );
}

/** Makes a key, and shows its text this once. */
export function NewKey({ onClose }: { onClose: () => void }): ReactNode {
  const { t } = useText();
  const [made, setMade] = useState<Made>();
  const title =
    made === undefined ? t("keys.makeTitle") : t("keys.made", { name: isolated(made.name, 80) });
  return (
    <Dialog open title={title} onClose={onClose}>
      {made === undefined ? (
        <Form onMade={setMade} onClose={onClose} />
      ) : (
        <Text made={made} onClose={onClose} />
      )}
    </Dialog>
  );
}
