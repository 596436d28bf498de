/* Where the page begins. */

import { html, render } from "./kit/dom.js";
import { resume } from "./kit/session.js";
import "./kit/theme.js";
import { App } from "./app.js";
import { Trouble } from "./parts/trouble.js";

const place = document.getElementById("app");

async function begin() {
  try {
    await resume();
    render(html`<${App} />`, place);
  } catch (error) {
    render(html`<main id="main" class="view"><${Trouble} error=${error} again=${begin} /></main>`, place);
  }
}

begin();
