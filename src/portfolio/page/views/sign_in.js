/* Signing in with a key or an access token. */

import { html, useEffect, useRef, useState } from "../kit/dom.js";
import { hasDrafts, takeOver } from "../kit/drafts.js";
import { enter, formerOf, owner, tryKey } from "../kit/session.js";
import { t } from "../kit/texts.js";
import { TextField } from "../parts/fields.js";
import { Trouble } from "../parts/trouble.js";

export default function SignIn({ query }) {
  const [held, setHeld] = useState(null);

  function goOn(tried) {
    enter(tried);
    // Back to where one came from; what needed the sign-in is drawn by itself.
    if (query.from?.startsWith("#/")) location.hash = query.from;
    else if (location.hash.startsWith("#/sign-in")) location.hash = "#/";
  }

  function holds(tried) {
    const former = formerOf(tried.me);
    if (former && hasDrafts(former.owner)) setHeld({ tried, former });
    else goOn(tried);
  }

  return html`<h1>${t("sign_in.title")}</h1>
    ${held ? html`<${Left} former=${held.former} next=${owner(held.tried.me)} goOn=${() => goOn(held.tried)} />` : html`<${Form} holds=${holds} />`}`;
}

function Form({ holds }) {
  const [key, setKey] = useState("");
  const [state, setState] = useState({ busy: false, error: null, wrong: null });

  async function submit(event) {
    event.preventDefault();
    if (state.busy) return undefined;
    const tried = key.trim();
    if (!tried) return setState({ busy: false, error: null, wrong: t("sign_in.empty") });
    setState({ busy: true, error: null, wrong: null });
    try {
      holds(await tryKey(tried));
    } catch (error) {
      const wrong = error.kind === "expired" ? t("sign_in.wrong") : null;
      setState({ busy: false, error: wrong ? null : error, wrong });
    }
    return undefined;
  }

  return html`<p class="lead">${t("sign_in.lead")}</p>
    <form class="form narrow" onSubmit=${submit} novalidate>
      <input type="text" autocomplete="username" hidden />
      <${TextField} label=${t("sign_in.key")} hint=${t("sign_in.key.hint")} type="password" required value=${key} onChange=${setKey}
        error=${state.wrong} autocomplete="current-password" />
      ${state.error && html`<${Trouble} error=${state.error} />`}
      <p><button class="button primary" aria-disabled=${state.busy ? "true" : undefined}>${state.busy ? t("sign_in.trying") : t("shell.sign_in")}</button></p>
    </form>`;
}

/** What a sign-in that ended has left here: it is asked for, for it may be somebody else's. */
function Left({ former, next, goOn }) {
  const [failed, setFailed] = useState(false);
  const title = useRef(null);
  useEffect(() => title.current.focus(), [failed]);
  const take = () => (takeOver(former.owner, next) ? goOn() : setFailed(true));
  return html`<section class="narrow" aria-labelledby="left-title">
    <h2 id="left-title" tabindex="-1" ref=${title}>${failed ? t("sign_in.left.failed") : t("sign_in.left")}</h2>
    ${failed ? html`<p>${t("sign_in.left.failed.do")}</p>
      <p class="row"><button type="button" class="button primary" onClick=${goOn}>${t("sign_in.left.go_on")}</button></p>`
      : html`<p dir="auto">${t("sign_in.left.whose", { name: former.name })}</p>
      <p class="row"><button type="button" class="button primary" onClick=${take}>${t("sign_in.left.take")}</button>
        <button type="button" class="button" onClick=${goOn}>${t("sign_in.left.leave")}</button></p>`}
  </section>`;
}
