/* A browser that keeps nothing: said before somebody trusts it. */

import { html } from "../../kit/dom.js";
import { t } from "../../kit/texts.js";

export function NotKept({ drafts }) {
  return drafts.some((one) => one.failed) ? html`<p class="nothing" role="status">${t("imports.not_kept")}</p>` : null;
}
