import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { call, send } from "../../api/client.ts";
import { Problem } from "../../api/problem.ts";
import { useApi } from "../../api/query.ts";
import { useMay } from "../../api/session.tsx";
import { isolated, shown, typable } from "../../i18n/foreign.ts";
import * as format from "../../i18n/format.ts";
import { ActionButton } from "../../ui/action.tsx";
import { Button } from "../../ui/button.tsx";
import { Id } from "../../ui/copy.tsx";
import { Drawer } from "../../ui/drawer.tsx";
import { Bytes, Facts } from "../../ui/figures.tsx";
import { Icon } from "../../ui/icons.tsx";
import { Answer, Empty, Failure, Loading } from "../../ui/states.tsx";
import { Ago } from "../../ui/time.tsx";
import { JsonView, TextView } from "../../ui/viewer/view.tsx";
import type { StoredObject } from "./folders.ts";
import { useText } from "./text.ts";

/** A larger object is downloaded rather than looked at. */
const shownMax = 1_000_000;

const contentUrl = (set: string, key: string): string =>
  `/api/v1/blobs/${encodeURIComponent(set)}/content?key=${encodeURIComponent(key)}`;

/** Whether the content can be shown as text, as far as its type or its name say. */
const isText = ({ key, contentType = "" }: StoredObject): boolean =>
  /^text\/|json|xml|yaml|csv/.test(contentType) || /\.(txt|md|json|csv|xml|ya?ml|log)$/.test(key);

const isJson = ({ key, contentType = "" }: StoredObject): boolean =>
  /json/.test(contentType) || key.endsWith(".json");

/** The content of a small text, read when it is asked for. */
function Content({ set, object }: { set: string; object: StoredObject }): ReactNode {
  const { t } = useText();
  const [asked, setAsked] = useState(false);
  const { data, error } = useQuery<string, Problem>({
    queryKey: ["api", "/blobs/{name}/content", set, object.key, object.etag],
    queryFn: async ({ signal }) => {
      const { status, body } = await send(
        { method: "get", url: contentUrl(set, object.key) },
        signal,
      );
      if (status === 200) return body;
      throw new Problem({ status, code: `HTTP ${status}`, detail: shown(body, 300), fix: "" });
    },
    enabled: asked,
  });
  if (!asked) {
    return (
      <Button size="small" onClick={() => setAsked(true)}>
        {t("object.show")}
      </Button>
    );
  }
  if (error !== null) return <Failure problem={error} />;
  if (data === undefined) return <Loading rows={3} />;
  return isJson(object) ? (
    <JsonView value={data} label={t("object.content")} />
  ) : (
    <TextView text={data} label={t("object.content")} />
  );
}

/** Saving and deleting, for those who may. */
function Actions({
  set,
  object: { key, size },
  onGone,
}: {
  set: string;
  object: StoredObject;
  onGone: () => void;
}): ReactNode {
  const { t } = useText();
  const may = useMay("operator");
  const limits = useApi("/platform", {}, { enabled: may }).data?.limits;
  const sizeMax = limits?.find(({ name }) => name === "blob-download")?.value ?? Infinity;
  const name = isolated(key, 120);
  const word = typable(key) ?? t("object.deleteWord");
  if (!may) return <p className="hint">{t("object.operators")}</p>;
  return (
    <div className="row">
      {size <= sizeMax ? (
        <a className="button small" href={contentUrl(set, key)} download>
          <Icon name="download" size={14} />
          {t("object.download")}
        </a>
      ) : (
        <span className="hint">{t("object.tooLarge", { size: format.bytes(sizeMax) })}</span>
      )}
      <ActionButton
        label={t("object.delete")}
        icon="trash"
        tone="danger"
        confirm={{
          title: t("object.deleteTitle"),
          text: t("object.deleteText", { name, size: format.bytes(size) }),
          button: t("object.delete"),
          word,
        }}
        run={() => call("delete", "/blobs/{name}/objects", { path: { name: set }, query: { key } })}
        done={() => t("object.deleted", { name })}
        then={onGone}
      />
    </div>
  );
}

/** One object: what is known of it, its content, and what can be done with it. */
export function ObjectDrawer({
  set,
  objectKey,
  onClose,
}: {
  set: string;
  objectKey: string;
  onClose: () => void;
}): ReactNode {
  const { t } = useText();
  const may = useMay("operator");
  // Keys are listed in order: the one that is the prefix itself comes first.
  const query = useApi("/blobs/{name}/objects", {
    path: { name: set },
    query: { prefix: objectKey, limit: 1 },
  });
  return (
    <Drawer
      wide
      about={objectKey}
      kicker={t("object.of", { name: shown(set, 80) })}
      title={<bdi className="mono">{shown(objectKey, 300)}</bdi>}
      onClose={onClose}
    >
      <Answer of={query}>
        {({ blobs: [object] }) =>
          object?.key !== objectKey ? (
            <Empty title={t("object.gone")} text={t("object.goneText")} />
          ) : (
            <>
              <Facts
                facts={[
                  [t("object.key"), <Id key="key" id={object.key} max={60} />],
                  [t("blob.size"), <Bytes key="size" size={object.size} />],
                  [t("blob.updated"), <Ago key="updated" atMs={object.updatedAtMs} />],
                  object.contentType !== undefined && [
                    t("blob.type"),
                    <bdi key="type">{shown(object.contentType, 100)}</bdi>,
                  ],
                  [t("object.etag"), <Id key="etag" id={object.etag} max={24} />],
                ]}
              />
              <Actions set={set} object={object} onGone={onClose} />
              {may && isText(object) && object.size <= shownMax && (
                <Content key={object.etag} set={set} object={object} />
              )}
            </>
          )
        }
      </Answer>
    </Drawer>
  );
}
