/* The money: where every investment stands, what it costs by year, and what full steering would be worth. */

import { html } from "../kit/dom.js";
import { href } from "../kit/router.js";
import { label, t } from "../kit/texts.js";
import { Tabs } from "../parts/tabs.js";
import { Nothing } from "../parts/trouble.js";
import { Consequence } from "./money/consequence.js";
import { useNames } from "./money/names.js";
import { Steering } from "./money/steering.js";
import { GateStatus } from "./money/status.js";

const PARTS = { status: GateStatus, consequence: Consequence, steering: Steering };

export default function Money({ parts, query }) {
  // Asked for once: the parts have the same.
  const names = useNames();
  const current = parts[0] ?? "status";
  const Part = Object.hasOwn(PARTS, current) ? PARTS[current] : NoSuchPart;
  const tabs = Object.keys(PARTS).map((key) => ({ key, title: label("money.tab", key), href: href(["money", key]) }));
  return html`<h1>${t("money.title")}</h1>
    <${Tabs} label=${t("money.tabs")} tabs=${tabs} current=${current} />
    <${Part} query=${query} names=${names} />`;
}

function NoSuchPart() {
  return html`<${Nothing} title=${t("shell.missing")}><p>${t("money.no_such_part")}</p></${Nothing}>`;
}
