/* The frame: menu, who is signed in, and the view of the present address. */

import { Component, html, useCallback, useEffect, useState } from "./kit/dom.js";
import { fetched } from "./kit/modules.js";
import { href, useRoute } from "./kit/router.js";
import { may, session, signOut } from "./kit/session.js";
import { useStore } from "./kit/store.js";
import { label, language, setLanguage, t } from "./kit/texts.js";
import { setTheme, theme } from "./kit/theme.js";
import { shownName } from "./kit/title.js";
import { Broken, Trouble, Waiting } from "./parts/trouble.js";

const everybody = () => true;
const signedIn = (me) => me !== null;
const mayWork = (me) =>
  ["POST /v1/investments/{investment}/assessments", "POST /v1/investments/{investment}/decisions"].some((one) => may(me, one));
const mayImport = (me) => may(me, "POST /v1/area-imports");

/** Each view: who meets it in the menu, who may open it, and where its code is. A lasting one stays when its address goes on. */
const VIEWS = {
  place: { title: "place.title", load: () => import("./views/place.js"), menu: everybody, open: everybody, lasting: true },
  programs: { title: "gates.title", load: () => import("./views/gates.js"), menu: everybody, open: everybody },
  investments: { title: "investment.title", load: () => import("./views/investment.js"), menu: () => false, open: everybody },
  money: { title: "money.title", load: () => import("./views/money.js"), menu: signedIn, open: signedIn },
  work: { title: "work.title", load: () => import("./views/work.js"), menu: mayWork, open: signedIn },
  imports: { title: "imports.title", load: () => import("./views/imports.js"), menu: mayImport, open: signedIn },
  "sign-in": { title: "sign_in.title", load: () => import("./views/sign_in.js"), menu: () => false, open: everybody },
};

export function App() {
  const { parts } = useRoute();
  const { me } = useStore(session);
  useStore(language);
  const name = parts[0] ?? "place";
  const view = Object.hasOwn(VIEWS, name) ? VIEWS[name] : null;
  // What needs a sign-in asks for it where one stands, and is there once it is given.
  const shown = view && !view.open(me) ? "sign-in" : name;
  return html`
    <a class="skip" href="#main" onClick=${skip}>${t("shell.skip")}</a>
    <${Head} current=${name} me=${me} />
    <${Notices} />
    <main id="main" tabindex="-1" class=${`view view-${view ? name : "missing"}`}>
      ${!view ? html`<${Missing} />` : html`<${Opened} key=${shown} name=${shown} view=${VIEWS[shown]} me=${me} />`}
    </main>
    <footer class="foot">
      <p><a href="/docs">${t("shell.api")}</a> <a href="/ogc">${t("shell.maps")}</a></p>
    </footer>`;
}

// An address of ours begins with #, so the link must not become one.
function skip(event) {
  event.preventDefault();
  document.getElementById("main").focus();
}

function Head({ current, me }) {
  const shown = Object.entries(VIEWS).filter(([, view]) => view.menu(me));
  return html`<header class="head">
    <a class="brand" href=${href([])}><${Mark} />${t("shell.name")}</a>
    <nav aria-label=${t("shell.main_menu")}><ul class="menu">
      ${shown.map(([name, view]) => html`<li key=${name}><a href=${href([name])} aria-current=${name === current ? "page" : undefined}>${t(view.title)}</a></li>`)}
    </ul></nav>
    <div class="head-tools">
      <${Caller} me=${me} />
      <button type="button" class="button quiet" lang=${language.get() === "sv" ? "en" : "sv"} onClick=${() => setLanguage(language.get() === "sv" ? "en" : "sv")}>${t("shell.language")}</button>
      <${ThemeButton} />
    </div>
  </header>`;
}

/** The sign-in, which leads back to where one is. */
function signInHere() {
  return location.hash.startsWith("#/sign-in") ? location.hash : href(["sign-in"], { from: location.hash });
}

function Mark() {
  return html`<svg class="mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
    <path d="M3 9 10 4l5 4 6-3v11l-6 4-5-4-7 4z" /><path d="M10 4v12M15 8v12" /></svg>`;
}

function Caller({ me }) {
  if (!me) return html`<span class="caller">${t("shell.public")}</span> <a class="button" href=${signInHere()}>${t("shell.sign_in")}</a>`;
  return html`<span class="caller">${t("shell.signed_in_as", { name: me.name, role: label("role", me.role) })}</span>
    <button type="button" class="button" onClick=${signOut}>${t("shell.sign_out")}</button>`;
}

function ThemeButton() {
  const other = useStore(theme) === "dark" ? "light" : "dark";
  return html`<button type="button" class="button quiet theme" onClick=${() => setTheme(other)}>${other === "dark" ? t("shell.theme.dark") : t("shell.theme.light")}</button>`;
}

/** What concerns every view: the sign-in that ended, the network that is gone. */
function Notices() {
  const { expired } = useStore(session);
  const [offline, setOffline] = useState(!navigator.onLine);
  useEffect(() => {
    const look = () => setOffline(!navigator.onLine);
    addEventListener("online", look);
    addEventListener("offline", look);
    return () => {
      removeEventListener("online", look);
      removeEventListener("offline", look);
    };
  }, []);
  return html`<div class="notices" role="status">
    ${expired && html`<p class="notice"><strong>${t("shell.expired")}</strong> ${t("shell.expired.do")} <a href=${signInHere()}>${t("shell.sign_in")}</a></p>`}
    ${offline && html`<p class="notice"><strong>${t("shell.offline")}</strong> ${t("shell.offline.do")}</p>`}
  </div>`;
}

function Opened({ name, view, me }) {
  const { parts, query } = useRoute();
  const { module, error, again } = useModule(view);
  const shown = useStore(shownName) ?? t(view.title);
  useEffect(() => { document.title = `${shown} – ${t("shell.name")}`; });
  // What stands at an address; another one in a view that lasts is the same place, further on.
  const stand = view.lasting ? name : [name, ...parts].join("/");
  useFocusOnArrival(stand, module);
  if (error) return html`<h1>${t(view.title)}</h1>${error.kind === "offline" ? html`<${Trouble} error=${error} again=${again} />` : html`<${Broken} />`}`;
  if (!module) return html`<${Waiting} />`;
  return html`<${Guarded} key=${stand}><${module.View} parts=${parts.slice(1)} query=${query} me=${me} /></${Guarded}>`;
}

/** The code of a view: `{module, error, again}`. */
function useModule(view) {
  const [state, setState] = useState({ module: null, error: null });
  const load = useCallback(() => {
    setState({ module: null, error: null });
    fetched(view.load).then((loaded) => setState({ module: { View: loaded.default }, error: null }), (error) => setState({ module: null, error }));
  }, [view]);
  useEffect(load, [load]);
  return { ...state, again: load };
}

let arrived = null;

/** After a step to another address the reader stands at its beginning, not in the menu nor nowhere. */
function useFocusOnArrival(stand, module) {
  useEffect(() => {
    if (!module) return;
    const main = document.getElementById("main");
    // A view that has moved focus into itself knows better.
    if (arrived !== null && arrived !== stand && !main.contains(document.activeElement)) main.focus({ preventScroll: true });
    arrived = stand;
  }, [stand, module]);
}

/** A mistake of ours in one view must not take the page, nor what somebody has written, with it. */
class Guarded extends Component {
  static getDerivedStateFromError() {
    return { broken: true };
  }

  render({ children }, { broken }) {
    return broken ? html`<${Broken} />` : children;
  }
}

function Missing() {
  return html`<h1>${t("shell.missing")}</h1><p>${t("shell.missing.do")}</p>`;
}
