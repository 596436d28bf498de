/* What was decided must be provable: the checksum of a decision's snapshot, computed anew here. */

import { html, useState } from "../../kit/dom.js";
import { get, path } from "../../kit/api.js";
import { moment } from "../../kit/format.js";
import { useLoad } from "../../kit/load.js";
import { t } from "../../kit/texts.js";
import { Loaded } from "../../parts/trouble.js";

/** RFC 8785: the names of each object in the order of their UTF-16 units, numbers and texts as JSON writes them. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}

/** SHA-256 in hexadecimal, or null where the browser computes none (a page without https). */
export async function checksum(value) {
  if (!globalThis.crypto?.subtle) return null;
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonical(value)));
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function Proof({ code, decision }) {
  const [open, setOpen] = useState(false);
  return html`<details class="investment-proof" onToggle=${(event) => setOpen(event.currentTarget.open)}>
    <summary>${t("investment.proof")}</summary>
    ${open && html`<${Checked} code=${code} decision=${decision} />`}
  </details>`;
}

function Checked({ code, decision }) {
  const address = path`/v1/investments/${code}/decisions/${decision.id}`;
  const load = useLoad(address, async ({ signal }) => {
    const found = await get(address, { signal });
    return { kept: found.snapshot_sha256, computed: await checksum(found.snapshot), snapshot: found.snapshot };
  });
  return html`<${Loaded} load=${load}>${({ kept, computed, snapshot }) => html`
    <p class="investment-words">${t("investment.proof.what", { at: moment(decision.recorded_at) })}</p>
    <p><code class="investment-hash">${kept}</code></p>
    ${computed !== null && html`<p><strong>${computed === kept ? t("investment.proof.holds") : t("investment.proof.differs")}</strong></p>`}
    <details><summary>${t("investment.proof.snapshot")}</summary><pre class="investment-snapshot" tabindex="0">${JSON.stringify(snapshot, null, 2)}</pre></details>`}</${Loaded}>`;
}
