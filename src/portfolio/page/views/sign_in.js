/* Signing in with a key or an access token. */

import { html, useState } from "../kit/dom.js";
import { takeOver } from "../kit/drafts.js";
import { signIn } from "../kit/session.js";
import { t } from "../kit/texts.js";
import { TextField } from "../parts/fields.js";
import { Trouble } from "../parts/trouble.js";

export default function SignIn({ query }) {
  const [key, setKey] = useState("");
  const [state, setState] = useState({ busy: false, error: null, wrong: null });

  async function submit(event) {
    event.preventDefault();
    const tried = key.trim();
    if (!tried) return setState({ busy: false, error: null, wrong: t("sign_in.empty") });
    setState({ busy: true, error: null, wrong: null });
    try {
      await signIn(tried, takeOver);
      // Back to where one came from; what needed the sign-in is drawn by itself.
      if (query.from?.startsWith("#/")) location.hash = query.from;
      else if (location.hash.startsWith("#/sign-in")) location.hash = "#/";
    } catch (error) {
      const wrong = error.kind === "expired" ? t("sign_in.wrong") : null;
      setState({ busy: false, error: wrong ? null : error, wrong });
    }
    return undefined;
  }

  return html`<h1>${t("sign_in.title")}</h1><p class="lead">${t("sign_in.lead")}</p>
    <form class="form narrow" onSubmit=${submit} novalidate>
      <input type="text" autocomplete="username" hidden />
      <${TextField} label=${t("sign_in.key")} hint=${t("sign_in.key.hint")} type="password" required value=${key} onChange=${setKey}
        error=${state.wrong} autocomplete="current-password" />
      ${state.error && html`<${Trouble} error=${state.error} />`}
      <p><button class="button primary" disabled=${state.busy}>${state.busy ? t("sign_in.trying") : t("shell.sign_in")}</button></p>
    </form>`;
}
