/* What was found in the file, and what was done about it. */

import { html } from "../../kit/dom.js";
import { number } from "../../kit/format.js";
import { label, t } from "../../kit/texts.js";
import { DataTable } from "../../parts/table.js";

const RANKS = { error: 0, warning: 1, info: 2 };

export function Report({ found }) {
  const rows = found.issues.map((issue, i) => ({ ...issue, i }));
  return html`${found.cleaning && html`<p>${t("imports.cleaning", { n: found.cleaning.changed, before: number(found.cleaning.before_m2), after: number(found.cleaning.after_m2) })}</p>`}
    <${DataTable} caption=${t("imports.report.table", { n: rows.length })} columns=${columns()} rows=${rows} rowKey=${(row) => row.i}
      initial=${{ key: "severity", down: false }} empty=${t("imports.report.none")} />`;
}

function columns() {
  return [
    { key: "severity", title: t("imports.severity"), sort: (row) => RANKS[row.severity], cell: (row) => html`<span class=${`badge imports-${row.severity}`}>${label("imports.severity", row.severity)}</span>` },
    { key: "detail", title: t("imports.detail"), wide: true },
    { key: "code", title: t("imports.code") },
    { key: "feature", title: t("imports.row"), number: true },
    { key: "done", title: t("imports.done"), cell: (row) => label("imports.done", row.done) },
    { key: "surface_m2", title: t("imports.surface"), number: true, cell: (row) => (row.surface_m2 === null ? "" : number(row.surface_m2, 1)) },
  ];
}
