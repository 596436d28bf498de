/* When there is nothing to draw a map of: says why, and what to do. */

import { html } from "../../kit/dom.js";
import { dayLong } from "../../kit/format.js";
import { useLoad } from "../../kit/load.js";
import { href } from "../../kit/router.js";
import { may } from "../../kit/session.js";
import { t } from "../../kit/texts.js";
import { Loaded, Nothing } from "../../parts/trouble.js";
import { fetchBeginning } from "./data.js";
import { SchemeChoice } from "./tools.js";

export function NoScheme({ me }) {
  return html`<h1>${t("place.title")}</h1>
    <${Nothing} title=${t("place.no_scheme")}><p>${t("place.no_scheme.do")}</p><${Import} me=${me} /></${Nothing}>`;
}

export function NoAreas({ scheme, schemes, me }) {
  const beginning = useLoad(`place.beginning ${scheme.code}`, (how) => fetchBeginning(scheme.code, how));
  return html`<h1>${t("place.title")}</h1>
    <div class="place-tools"><${SchemeChoice} schemes=${schemes} scheme=${scheme} /></div>
    <${Loaded} load=${beginning}>${(from) => (from
      ? html`<${Nothing} title=${t("place.not_begun", { scheme: scheme.name, day: dayLong(from) })}><p>${t("place.not_begun.do")}</p></${Nothing}>`
      : html`<${Nothing} title=${t("place.no_areas", { scheme: scheme.name })}><p>${t("place.no_areas.do")}</p><${Import} me=${me} /></${Nothing}>`)}</${Loaded}>`;
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
