import { useEffect, useState } from "react";

/**
 * A number that changes with what the page looks like: the reader's choice of theme, or the
 * system's. A canvas reads its colours anew by it. The choice is an attribute of the document, set
 * after effects of this component would have run.
 */
export function useLook(): number {
  const [look, setLook] = useState(0);
  useEffect(() => {
    const changed = (): void => setLook((count) => count + 1);
    const query = matchMedia("(prefers-color-scheme: dark)");
    const attributes = new MutationObserver(changed);
    query.addEventListener("change", changed);
    attributes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => {
      query.removeEventListener("change", changed);
      attributes.disconnect();
    };
  }, []);
  return look;
}
