/* Programs, and the board of one: where its investments stand among the gates. */

import { html } from "../kit/dom.js";
import { Program } from "./gates/program.js";
import { Programs } from "./gates/programs.js";

export default function View({ parts, query, me }) {
  // Of what one caller was shown nothing is kept for the next.
  const key = me?.actor ?? "";
  return parts.length
    ? html`<${Program} key=${key} code=${parts[0]} query=${query} me=${me} />`
    : html`<${Programs} key=${key} me=${me} />`;
}
