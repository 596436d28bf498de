/* A button for what can't be undone: asks once before it does it. */

import { html, useState } from "../../kit/dom.js";
import { t } from "../../kit/texts.js";
import { Dialog } from "../../parts/dialog.js";

/** `title` and `lead` are the question, `yes` its answer (else the button's own text); `act` is done then. */
export function Asking({ text, title, lead, yes, act, named, quiet = false }) {
  const [asked, setAsked] = useState(false);
  function confirm() {
    setAsked(false);
    act();
  }
  return html`<button type="button" class=${quiet ? "button quiet" : "button"} aria-label=${named} onClick=${() => setAsked(true)}>${text}</button>
    ${asked && html`<${Dialog} title=${title} close=${() => setAsked(false)}>
      <p>${lead}</p>
      <p class="row"><button type="button" class="button primary" onClick=${confirm}>${yes ?? text}</button>
        <button type="button" class="button" onClick=${() => setAsked(false)}>${t("work.go_back")}</button></p>
    </${Dialog}>`}`;
}

/** The same for text that is only in this browser. */
export function DropText({ text, act, named, quiet }) {
  return html`<${Asking} text=${text} title=${t("work.drop.title")} lead=${t("work.drop.lead")} yes=${t("work.drop.yes")} act=${act} named=${named} quiet=${quiet} />`;
}
