/* The imports there have been, the newest first. */

import { html } from "../../kit/dom.js";
import { getAll } from "../../kit/api.js";
import { day, moment } from "../../kit/format.js";
import { useLoad } from "../../kit/load.js";
import { href } from "../../kit/router.js";
import { label, t } from "../../kit/texts.js";
import { DataTable } from "../../parts/table.js";
import { Loaded } from "../../parts/trouble.js";

export function Earlier() {
  const load = useLoad("imports", (options) => getAll("/v1/area-imports", options));
  return html`<section class="imports-earlier"><h2>${t("imports.earlier")}</h2>
    <${Loaded} load=${load}>${(rows) => html`<${DataTable} caption=${t("imports.earlier")} hideCaption columns=${columns()} rows=${rows}
      rowKey=${(row) => row.id} initial=${{ key: "id", down: true }} empty=${t("imports.earlier.none")} />`}</${Loaded}>
  </section>`;
}

function columns() {
  return [
    { key: "id", title: t("imports.number"), cell: (row) => html`<a href=${href(["imports", String(row.id)])}>${row.id}</a>` },
    { key: "file", title: t("imports.file_name"), sort: (row) => row.source.filename, cell: (row) => row.source.filename },
    { key: "scheme", title: t("imports.scheme") },
    { key: "valid_from", title: t("imports.valid_from"), cell: (row) => day(row.valid_from) },
    { key: "status", title: t("imports.status"), cell: (row) => label("imports.status", row.status) },
    { key: "errors_total", title: t("imports.errors"), number: true },
    { key: "orphans_total", title: t("imports.orphans.count"), number: true },
    { key: "created_at", title: t("imports.created"), cell: (row) => moment(row.created_at) },
  ];
}
