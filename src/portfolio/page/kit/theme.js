/* Light or dark: as the computer says, or as the reader has chosen. */

import { store } from "./store.js";

const KEPT = "portfolio.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

/** "light" or "dark", as it is shown now. */
export const theme = store(shown());

function shown() {
  const kept = localStorage.getItem(KEPT);
  return kept === "light" || kept === "dark" ? kept : system.matches ? "dark" : "light";
}

function apply() {
  document.documentElement.dataset.theme = shown();
  theme.set(shown());
}

export function setTheme(name) {
  localStorage.setItem(KEPT, name);
  apply();
}

/** The value of a colour or another token of `css/tokens.css` as it is now, for what is not drawn by CSS. */
export function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

system.addEventListener("change", apply);
apply();
