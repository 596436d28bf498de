/* To be built. */

import { html } from "../kit/dom.js";
import { t } from "../kit/texts.js";

export default function View({ parts, query, me }) {
  return html`<h1>${t("place.title")}</h1>`;
}
