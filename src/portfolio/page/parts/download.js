/* A file of the API, fetched with the caller's key and kept by the browser. */

import { html, useState } from "../kit/dom.js";
import { getFile } from "../kit/api.js";
import { t } from "../kit/texts.js";
import { Trouble } from "./trouble.js";

export function Download({ path, accept, children }) {
  const [state, setState] = useState({ busy: false, error: null });
  async function fetchIt() {
    if (state.busy) return;
    setState({ busy: true, error: null });
    try {
      save(await getFile(path, accept));
      setState({ busy: false, error: null });
    } catch (error) {
      setState({ busy: false, error });
    }
  }
  return html`<span class="download">
    <button type="button" class="button" aria-disabled=${state.busy ? "true" : undefined} onClick=${fetchIt}>${state.busy ? t("shell.fetching") : children}</button>
    ${state.error && html`<${Trouble} error=${state.error} compact />`}
  </span>`;
}

function save({ blob, filename }) {
  const address = URL.createObjectURL(blob);
  const link = Object.assign(document.createElement("a"), { href: address, download: filename });
  document.body.append(link);
  link.click();
  link.remove();
  // The download has its own hold on the blob as soon as it has begun.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
