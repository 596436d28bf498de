/* Light or dark: as the computer says, or as the reader has chosen. */

import { lasting } from "./storage.js";
import { store } from "./store.js";

const KEPT = "portfolio.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

// Beside what is kept: where the browser keeps nothing, the choice holds as long as the page.
let chosen = lasting.get(KEPT);

/** "light" or "dark", as it is shown now. */
export const theme = store(shown());

function shown() {
  return chosen === "light" || chosen === "dark" ? chosen : system.matches ? "dark" : "light";
}

function apply() {
  document.documentElement.dataset.theme = shown();
  theme.set(shown());
}

export function setTheme(name) {
  chosen = name;
  lasting.set(KEPT, name);
  apply();
}

/** The value of a colour or another token of `css/tokens.css` as it is now, for what is not drawn by CSS. */
export function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

system.addEventListener("change", apply);
apply();
