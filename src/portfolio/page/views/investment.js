/* One investment, or the list of them: with a key all of it, without what is published. */

import { html } from "../kit/dom.js";
import { Dossier } from "./investment/dossier.js";
import { List } from "./investment/list.js";
import { OpenInvestment } from "./investment/open.js";

export default function View({ parts, query, me }) {
  const [code] = parts;
  if (!code) return html`<${List} query=${query} me=${me} />`;
  return me ? html`<${Dossier} code=${code} query=${query} me=${me} />` : html`<${OpenInvestment} code=${code} query=${query} />`;
}
