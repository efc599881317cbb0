import { table } from "morning-ai/state/table";
import { StockRow } from "./stock.ts";

export const stock = table("stock", {
  description: "What lies in the warehouse",
  row: StockRow,
  key: "sku",
});
