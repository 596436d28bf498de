/* Every area with every measure: what the map shows, to be read, sorted and printed. */

import { html, useId, useMemo, useState } from "../../kit/dom.js";
import { number, percent, sek } from "../../kit/format.js";
import { href } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { DataTable } from "../../parts/table.js";
import { found, valueOf } from "./measures.js";

export function AreaTable({ scheme, areas, chosen, query, me, point }) {
  const [sought, setSought] = useState("");
  const id = useId();
  const rows = useMemo(() => found(areas, sought), [areas, sought]);
  const columns = columnsOf({ scheme, query, me, point });
  return html`<section class="place-table" aria-labelledby=${`${id}-title`}>
    <div class="place-table-head"><h2 id=${`${id}-title`}>${t("place.table")}</h2>
      <div class="place-search"><label for=${id}>${t("place.table.search")}</label>
        <input id=${id} type="search" autocomplete="off" value=${sought} dir="auto" onInput=${(event) => setSought(event.currentTarget.value)} /></div></div>
    <${DataTable} caption=${t("place.table.caption", { scheme: scheme.name })} hideCaption columns=${columns} rows=${rows} rowKey=${(row) => row.code}
      initial=${{ key: "sek", down: true }} current=${chosen} empty=${t("place.found.none")} />
    <p class="small" role="status">${sought.trim() && t("place.found", { n: rows.length })}</p>
  </section>`;
}

function columnsOf({ scheme, query, me, point }) {
  const figure = (key, title) => ({ key, title, number: true, cell: (row) => number(row[key]) });
  return [
    { key: "name", title: t("place.column.area"), cell: (row) => html`<a href=${href(["place", scheme.code, row.code], query)} dir="auto"
      onFocus=${() => point(row.code)} onBlur=${() => point(null)}>${row.name}</a>` },
    { key: "code", title: t("place.column.code") },
    { key: "area_type", title: t("place.column.area_type"), number: true, cell: (row) => (row.area_type === null ? "–" : html`<span title=${label("place.area_type", row.area_type)}>${row.area_type}</span>`) },
    figure("population", t("place.column.population")),
    figure("investments", t("place.column.investments")),
    figure("physical", t("place.column.physical")),
    figure("social", t("place.column.social")),
    { key: "share_on_hold", title: t("place.column.share_on_hold"), number: true, cell: (row) => percent(row.share_on_hold) },
    { key: "sek", title: me ? t("place.column.planned_total") : t("place.column.decided_total"), number: true, sort: (row) => valueOf("sek", row), cell: (row) => sek(valueOf("sek", row)) },
    { key: "per_resident", title: t("place.column.per_resident"), number: true, cell: (row) => sek(row.per_resident) },
  ];
}
