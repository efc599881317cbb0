import { useState, type ReactNode } from "react";
import { sampleOf } from "../../../ui/form/sample.ts";
import { SchemaForm } from "../../../ui/form/schema-form.tsx";
import type { Schema } from "../../../ui/form/schema.ts";
import { Panel } from "../../../ui/page.tsx";
import { JsonView } from "../../../ui/viewer/view.tsx";
import { useText } from "../text.ts";

const line: Schema = {
  type: "object",
  properties: {
    sku: { type: "string", pattern: "^SKU-\\d+$" },
    quantity: { type: "integer", minimum: 1 },
  },
  required: ["sku", "quantity"],
};

const order: Schema = {
  type: "object",
  properties: {
    id: { type: "string", format: "uuid" },
    email: { type: "string", format: "email" },
    placedAt: { type: "string", format: "date-time" },
    status: { title: "State", enum: ["new", "paid", "shipped"] },
    kind: { const: "order" },
    gift: { type: "boolean" },
    total: { type: "number", minimum: 0, maximum: 100_000, description: "TWD" },
    note: { type: ["string", "null"] },
    coupon: { type: "string", pattern: "^C-\\d{4}$" },
    tags: { type: "array", items: { type: "string" } },
    lines: { type: "array", items: { $ref: "#/$defs/line" }, minItems: 1 },
    payment: {
      oneOf: [
        { type: "object", properties: { card: { type: "string" } }, required: ["card"] },
        { type: "object", properties: { cash: { const: true } }, required: ["cash"] },
      ],
    },
  },
  required: [
    "id",
    "email",
    "placedAt",
    "status",
    "kind",
    "gift",
    "total",
    "note",
    "lines",
    "payment",
  ],
  $defs: { line },
};

const first = { ...(sampleOf(order) as object), total: -4, unnamed: { kept: true } };

/** A form over a schema, beside the value that it makes. */
export default function Forms(): ReactNode {
  const { t } = useText();
  const [value, setValue] = useState<unknown>(first);
  return (
    <div className="columns">
      <Panel title={t("ui.form")}>
        <SchemaForm schema={order} value={value} onChange={setValue} label={t("ui.form")} />
      </Panel>
      <Panel title={t("ui.value")}>
        <JsonView value={value} label={t("ui.value")} />
      </Panel>
      <Panel title={t("ui.disabled")}>
        <SchemaForm
          schema={line}
          value={sampleOf(line)}
          onChange={setValue}
          label={t("ui.disabled")}
          disabled
        />
      </Panel>
    </div>
  );
}
