import { useView } from "../../view.ts";
import { overviewView } from "./view.ts";

/** Opens and closes details by the URL, so that the back button does what people expect. */
export function useOpen(): (id: string | undefined) => void {
  const [, set] = useView(overviewView);
  return (id) => set({ node: id }, { push: true });
}
