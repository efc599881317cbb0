import { useNavigate } from "@tanstack/react-router";
import type { OverviewSearch } from "./search.ts";

/** Opens and closes details by the URL, so that the back button does what people expect. */
export function useOpen(): (id: string | undefined) => void {
  const navigate = useNavigate();
  return (id) => {
    void navigate({
      to: "/",
      search: (old: OverviewSearch) => ({ ...old, node: id }),
      resetScroll: false,
    });
  };
}
