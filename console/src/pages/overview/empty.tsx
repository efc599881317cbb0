import { useState, type ReactNode } from "react";
import { browserClock } from "../../clock.ts";
import { Icon } from "../../ui/icons.tsx";
import { usePreferences } from "../../preferences.tsx";

const sample = `import { app, config, service } from "morning-ai";
import { queue } from "morning-ai/messaging/queue";
import { z } from "zod";
const mail = queue("welcome-email", { message: z.object({ userId: z.string() }) });
const users = service("users", { uses: { mail: mail.sender() } });
export default config({ app: app("shop", { services: [users] }) });
`;

/** What an app without parts sees: the lines that make the first ones. */
export function Empty(): ReactNode {
  const { t } = usePreferences();
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(sample);
    setCopied(true);
    browserClock.after(2000, () => setCopied(false));
  };
  return (
    <div className="page">
      <div className="panel empty">
        <h1>{t("empty.title")}</h1>
        <p>{t("empty.text")}</p>
        <div className="sample">
          <pre className="code" tabIndex={0}>
            {sample}
          </pre>
          <button type="button" className="button small" onClick={() => void copy()}>
            <Icon name={copied ? "check" : "copy"} size={14} />
            <span aria-live="polite">{t(copied ? "empty.copied" : "empty.copy")}</span>
          </button>
        </div>
      </div>
    </div>
  );
}
