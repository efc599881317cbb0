import { Autocomplete } from "@base-ui/react/autocomplete";
import { Dialog } from "@base-ui/react/dialog";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { call } from "../api/client.ts";
import { isolated, shown } from "../i18n/foreign.ts";
import { usePreferences } from "../preferences.tsx";
import { Icon } from "../ui/icons.tsx";
import { useCommands, type Command, type CommandGroup } from "./commands.ts";
import { placeOfHit } from "./hits.ts";

const idMin = 4;
const partsMax = 60;

/** Every word of what was typed is in the name, in any order. */
function matches({ words }: Command, typed: string): boolean {
  const name = words.toLowerCase();
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => name.includes(word));
}

/** Asks the server for whatever has this id. */
function useFound(typed: string): { readonly commands: readonly Command[]; busy: boolean } {
  const navigate = useNavigate();
  const id = typed.trim();
  const asked = id.length >= idMin && !/\s/.test(id);
  const { data, isFetching } = useQuery({
    queryKey: ["find", id],
    queryFn: ({ signal }) => call("get", "/find", { query: { id } }, signal),
    enabled: asked,
    staleTime: 2000,
  });
  const commands = (asked ? (data?.hits ?? []) : []).map((hit) => ({
    id: `hit ${hit.kind} ${hit.resource} ${hit.id}`,
    words: shown(hit.title, 160),
    hint: shown(hit.resource, 80),
    icon: "search" as const,
    run: () => void navigate(placeOfHit(hit) as never),
  }));
  return { commands, busy: asked && isFetching };
}

function Entry({ command, onPick }: { command: Command; onPick: () => void }): ReactNode {
  const { words, hint, icon, run } = command;
  return (
    <Autocomplete.Item
      value={command}
      className="palette-item"
      onClick={() => {
        onPick();
        run();
      }}
    >
      <Icon name={icon} size={14} />
      <bdi className="palette-words">{words}</bdi>
      {hint !== undefined && <bdi className="palette-hint">{hint}</bdi>}
    </Autocomplete.Item>
  );
}

/** Everything by its name: pages, parts, actions; and anything by its id. */
export default function Palette({ onClose }: { onClose: () => void }): ReactNode {
  const { t } = usePreferences();
  const [typed, setTyped] = useState("");
  const all = useCommands();
  const found = useFound(typed);
  const groups: readonly CommandGroup[] = [
    { label: t("palette.found"), items: found.commands },
    ...all.map(({ label, items }) => ({
      label,
      items: items.filter((command) => matches(command, typed.trim())).slice(0, partsMax),
    })),
  ].filter(({ items }) => items.length > 0);
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="dialog-back" />
        <Dialog.Popup className="palette" aria-label={t("palette.open")}>
          <Autocomplete.Root<Command>
            inline
            open
            items={groups as never}
            filter={null}
            mode="none"
            value={typed}
            onValueChange={(text) => setTyped(text)}
            itemToStringValue={({ words }) => words}
            autoHighlight="always"
            keepHighlight
          >
            <div className="palette-top">
              <Icon name="search" />
              <Autocomplete.Input
                className="palette-input"
                aria-label={t("palette.label")}
                placeholder={t("palette.label")}
              />
              <kbd>Esc</kbd>
            </div>
            <Autocomplete.Empty className="palette-none">
              {found.busy ? t("palette.finding") : groups.length === 0 ? t("palette.none") : ""}
            </Autocomplete.Empty>
            <Autocomplete.List className="palette-list">
              {(group: CommandGroup) => (
                <Autocomplete.Group key={group.label} items={group.items as Command[]}>
                  <Autocomplete.GroupLabel className="palette-group">
                    {group.label}
                  </Autocomplete.GroupLabel>
                  <Autocomplete.Collection>
                    {(command: Command) => (
                      <Entry key={command.id} command={command} onPick={onClose} />
                    )}
                  </Autocomplete.Collection>
                </Autocomplete.Group>
              )}
            </Autocomplete.List>
          </Autocomplete.Root>
          {typed.trim().length >= idMin && found.busy && groups.length > 0 && (
            <p className="palette-foot">{t("palette.find", { id: isolated(typed.trim(), 60) })}</p>
          )}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
