/* What waits for the signed-in caller, and the forms by which it is done. */

import { html } from "../kit/dom.js";
import { t } from "../kit/texts.js";
import { Nothing } from "../parts/trouble.js";
import Assessment from "./working/assessment.js";
import Conditions from "./working/conditions.js";
import Decision from "./working/decision.js";
import Home from "./working/home.js";
import Recommendation from "./working/recommendation.js";

const FORMS = { assessment: Assessment, decision: Decision, conditions: Conditions, recommendation: Recommendation };

export default function View({ parts, query, me }) {
  const [code, form] = parts;
  if (!code) return html`<${Home} me=${me} />`;
  if (!Object.hasOwn(FORMS, form ?? "")) {
    return html`<h1>${t("work.title")}</h1>
      <${Nothing} title=${t("work.no_such_form")}><p><a href="#/work">${t("work.to_list")}</a></p></${Nothing}>`;
  }
  return html`<${FORMS[form]} code=${code} query=${query} me=${me} />`;
}
