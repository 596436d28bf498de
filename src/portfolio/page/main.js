/* Where the page begins. */

import { html, render } from "./kit/dom.js";
import { keepFocus } from "./kit/focus.js";
import { route } from "./kit/router.js";
import { resume } from "./kit/session.js";
import "./kit/theme.js";
import { App } from "./app.js";
import { MAP_LIBRARY } from "./parts/map.js";
import { Trouble } from "./parts/trouble.js";

const place = document.getElementById("app");

async function begin() {
  try {
    await resume();
    render(html`<${App} />`, place);
  } catch (error) {
    render(html`<main id="main" tabindex="-1" class="view"><${Trouble} error=${error} again=${begin} /></main>`, place);
  }
}

/** Where a map is the first thing to be seen, its library is fetched beside all else; no other view pays for it. */
function hurryTheMap() {
  const first = route.get().parts[0] ?? "place";
  if (first !== "place") return;
  document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", href: MAP_LIBRARY }));
}

hurryTheMap();
keepFocus(place);
begin();
