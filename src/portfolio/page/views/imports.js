/* Boundaries: a file is dropped, previewed, answered for and applied. */

import { html } from "../kit/dom.js";
import { may } from "../kit/session.js";
import { MayNot } from "../parts/trouble.js";
import { Preview } from "./imports/preview.js";
import { Start } from "./imports/start.js";

export default function Imports({ parts, me }) {
  const [id] = parts;
  if (id) return html`<${Preview} id=${id} mayApply=${may(me, "POST /v1/area-imports/{id}/apply")} />`;
  return may(me, "POST /v1/area-imports") ? html`<${Start} />` : html`<${MayNot} />`;
}
