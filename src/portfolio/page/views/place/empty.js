/* When there is nothing to draw a map of: says why, and what to do. */

import { html } from "../../kit/dom.js";
import { href } from "../../kit/router.js";
import { may } from "../../kit/session.js";
import { t } from "../../kit/texts.js";
import { Nothing } from "../../parts/trouble.js";
import { SchemeChoice } from "./tools.js";

export function NoScheme({ me }) {
  return html`<h1>${t("place.title")}</h1>
    <${Nothing} title=${t("place.no_scheme")}><p>${t("place.no_scheme.do")}</p><${Import} me=${me} /></${Nothing}>`;
}

export function NoAreas({ scheme, schemes, me }) {
  return html`<h1>${t("place.title")}</h1>
    <div class="place-tools"><${SchemeChoice} schemes=${schemes} scheme=${scheme} /></div>
    <${Nothing} title=${t("place.no_areas", { scheme: scheme.name })}><p>${t("place.no_areas.do")}</p><${Import} me=${me} /></${Nothing}>`;
}

export function NoSuchScheme({ code }) {
  return html`<h1>${t("place.title")}</h1>
    <${Nothing} title=${t("place.no_such_scheme", { code })}><p>${t("place.no_such_scheme.do")}</p>
      <p><a class="button" href=${href([])}>${t("place.to_map")}</a></p></${Nothing}>`;
}

function Import({ me }) {
  if (may(me, "POST /v1/area-imports")) return html`<p><a class="button primary" href=${href(["imports"])}>${t("place.import")}</a></p>`;
  if (me) return html`<p>${t("place.import.other")}</p>`;
  return html`<p><a class="button" href=${href(["sign-in"], { from: href(["imports"]) })}>${t("place.import.sign_in")}</a></p>`;
}
