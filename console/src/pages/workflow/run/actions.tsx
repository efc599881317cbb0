import { useNavigate } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { call } from "../../../api/client.ts";
import { isolated } from "../../../i18n/foreign.ts";
import { ActionButton } from "../../../ui/action.tsx";
import { hasEnded, runPath, type RunDetail } from "../status.tsx";
import { useText } from "../text.ts";
import type { Entry } from "./places.ts";
import { ForkButton } from "./fork.tsx";
import { SignalButton } from "./signal.tsx";

const reasonMax = 1000;

function PauseOrResume({ run }: { run: RunDetail }): ReactNode {
  const { t } = useText();
  const path = { id: run.id };
  const pause = (): Promise<unknown> => call("post", "/workflow-runs/{id}/pause", { path });
  const resume = (): Promise<unknown> => call("post", "/workflow-runs/{id}/resume", { path });
  if (run.status === "paused") {
    return (
      <ActionButton
        label={t("act.resume")}
        icon="play"
        run={resume}
        done={() => t("act.resumed")}
        undo={pause}
      />
    );
  }
  return (
    <ActionButton
      label={t("act.pause")}
      icon="pause"
      run={pause}
      done={() => t("act.paused")}
      undo={resume}
    />
  );
}

/** Ends a run where it is, and says why. */
function Terminate({ run: { id } }: { run: RunDetail }): ReactNode {
  const { t } = useText();
  const [reason, setReason] = useState("");
  return (
    <ActionButton
      label={t("act.terminate")}
      icon="stop"
      tone="danger"
      confirm={{
        title: t("act.terminateTitle"),
        text: (
          <div className="stack">
            <p>{t("act.terminateText", { id: isolated(id, 80) })}</p>
            <label className="field">
              <span>{t("act.reason")}</span>
              <input
                className="input"
                autoFocus
                maxLength={reasonMax}
                value={reason}
                onChange={(event) => setReason(event.target.value)}
              />
            </label>
          </div>
        ),
        button: t("act.terminate"),
      }}
      run={() =>
        call("post", "/workflow-runs/{id}/terminate", {
          path: { id },
          body: { reason: reason.trim() },
        })
      }
      done={() => t("act.terminated")}
    />
  );
}

function Going({ run, waited }: { run: RunDetail; waited: readonly string[] }): ReactNode {
  const { t } = useText();
  const { id, cancelling } = run;
  return (
    <>
      <SignalButton run={run} waited={waited} />
      <PauseOrResume run={run} />
      {!cancelling && (
        <ActionButton
          label={t("act.cancel")}
          icon="undo"
          confirm={{
            title: t("act.cancelTitle"),
            text: t("act.cancelText", { id: isolated(id, 80) }),
            button: t("act.cancel"),
          }}
          run={() => call("post", "/workflow-runs/{id}/cancel", { path: { id } })}
          done={() => t("act.cancelled")}
        />
      )}
      <Terminate run={run} />
    </>
  );
}

/** What can be done with a run, as it stands. */
export function RunActions({
  run,
  open,
}: {
  run: RunDetail;
  /** What of its history has not ended. */
  open: readonly Entry[];
}): ReactNode {
  const { t } = useText();
  const navigate = useNavigate();
  const { id, status } = run;
  const waited = [...new Set(open.filter(({ kind }) => kind === "signal").map(({ name }) => name))];
  if (!hasEnded(run)) return <Going run={run} waited={waited} />;
  return (
    <>
      {status === "failed" && (
        <ActionButton
          label={t("act.retry")}
          icon="undo"
          tone="main"
          run={() => call("post", "/workflow-runs/{id}/retry", { path: { id } })}
          done={({ id: next }) => t("act.retried", { id: isolated(next, 80) })}
          then={({ id: next }) => void navigate({ to: runPath(next) as ".", search: {} as never })}
        />
      )}
      <ForkButton run={run} />
    </>
  );
}
