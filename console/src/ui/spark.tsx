import type { ReactNode } from "react";

const width = 100;
const height = 28;
const slotsMin = 30;
const slotsMax = 120;

/** A small line of values, the oldest at the left, that fills from the right. */
export function Spark({
  values,
  tone = "plain",
}: {
  values: readonly number[];
  tone?: "plain" | "failing";
}): ReactNode {
  const shown = values.slice(-slotsMax);
  if (shown.length < 2) return <svg className="spark" aria-hidden="true" />;
  const max = Math.max(...shown, 1e-9) * 1.2;
  const slots = Math.max(shown.length, slotsMin);
  const step = width / (slots - 1);
  const start = width - (shown.length - 1) * step;
  const points = shown.map((value, index) => {
    const y = height - 2 - (Math.max(0, value) / max) * (height - 4);
    return `${(start + index * step).toFixed(2)},${y.toFixed(2)}`;
  });
  return (
    <svg
      className={`spark ${tone}`}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path
        className="spark-area"
        d={`M${start},${height} L${points.join(" L")} L${width},${height}Z`}
      />
      <path className="spark-line" d={`M${points.join(" L")}`} />
    </svg>
  );
}
