/* What is published of the portfolio of an area, for those who are not signed in. */

import { html } from "../../kit/dom.js";
import { number, sek, sekShort } from "../../kit/format.js";
import { useLoad } from "../../kit/load.js";
import { t } from "../../kit/texts.js";
import { DataTable } from "../../parts/table.js";
import { Loaded, Nothing } from "../../parts/trouble.js";
import { fetchInvestments, fetchPublicDepartments, splitCodes } from "./data.js";
import { Figures } from "./figures.js";
import { InvestmentCell, Programs } from "./portfolio.js";

export function PublicPortfolio({ area, programs }) {
  if (!area.investments) return html`<${Nothing} title=${t("place.empty_area.public")}><p>${t("place.empty_area.public.do")}</p></${Nothing}>`;
  return html`<${Figures} figures=${[
      { value: sekShort(area.decided_total), text: t("place.figure.decided") },
      area.per_resident !== null && { value: sek(area.per_resident), text: t("place.figure.per_resident") },
      { value: number(area.investments), text: t("place.figure.investments", { n: area.investments }) },
      { value: number(area.on_hold), text: t("place.figure.on_hold", { n: area.on_hold }), waits: area.on_hold > 0 },
    ]} />
    <${Published} area=${area} programs=${programs} />
    <p class="small">${t("place.published_only")}</p>`;
}

function Published({ area, programs }) {
  const { codes, more } = splitCodes(area.codes);
  const load = useLoad(`place.published ${area.codes}`, (how) => fetchInvestments(codes, how));
  const within = [...new Set(load.value?.map((row) => row.program).filter(Boolean))].sort();
  // Without its name a department is not told: its code says nothing to a resident.
  const departments = useLoad(within.length ? `place.public_departments ${within}` : null, (how) => fetchPublicDepartments(within, how)).value ?? new Map();
  const columns = [
    { key: "name", title: t("place.column.investment"), cell: (row) => html`<${InvestmentCell} ...${row} department=${departments.get(row.department)} />` },
    { key: "decided_total", title: t("place.column.decided"), number: true, cell: (row) => sekShort(row.decided_total) },
  ];
  return html`<${Loaded} load=${load}>${(rows) => html`
    <${Programs} codes=${within} programs=${programs} />
    <h3>${t("place.investments.title")}</h3>
    <${DataTable} caption=${t("place.investments.title")} hideCaption columns=${columns} rows=${rows} rowKey=${(row) => row.code} initial=${{ key: "decided_total", down: true }} />
    ${more && html`<p class="small">${t("place.codes_cut", { n: codes.length })}</p>`}`}</${Loaded}>`;
}
