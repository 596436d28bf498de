/* Who takes over the codes that vanish (A6): `{[code]: {take: "lineage" | "own", heirs: [{code, percent}]}}`. */

/** What is answered before anybody has: the proposal, where the boundaries give one. */
export function proposals(found) {
  return Object.fromEntries(found.impact.orphans.map((orphan) => {
    const proposed = proposalFor(found, orphan.code);
    return [orphan.code, { take: proposed ? "lineage" : "own", heirs: [{ code: "", percent: "100" }] }];
  }));
}

/** What the boundaries themselves say became of a code, or null if nothing lies there any more. */
export function proposalFor(found, code) {
  return found.lineage.find((trace) => trace.code === code && trace.successors.length > 0) ?? null;
}

/** "33,3" percent as the share 0.333, by moving the point: a float would give 0.33299999999999996. */
export function shareOf(percent) {
  const text = percent.trim().replace(/\s*%$/, "").replace(",", ".");
  if (!/^\d{1,3}(\.\d{1,10})?$/.test(text)) return null;
  const [whole, part = ""] = text.split(".");
  const digits = whole.padStart(3, "0");
  const share = Number(`${digits.slice(0, -2)}.${digits.slice(-2)}${part}`);
  return share > 0 && share <= 1 ? share : null;
}

/** What is wrong with an own answer: "code", "unknown", "share", "sum", or null. `known` are the codes there will be, or null. */
export function faultOf(answer, known = null) {
  if (answer.take === "lineage") return null;
  if (answer.heirs.some((heir) => !heir.code.trim())) return "code";
  if (known && answer.heirs.some((heir) => !known.has(heir.code.trim()))) return "unknown";
  const shares = answer.heirs.map((heir) => shareOf(heir.percent));
  if (shares.includes(null)) return "share";
  const units = shares.reduce((sum, share) => sum + Math.round(share * 1e12), 0);
  return units === 1e12 ? null : "sum";
}

/** The codes that still need an answer. */
export function unanswered(found, answers) {
  return found.impact.orphans.map((one) => one.code).filter((code) => !answers[code] || faultOf(answers[code]));
}

/** The body of apply. */
export function asBody(found, answers) {
  const own = Object.entries(answers).filter(([, answer]) => answer.take === "own");
  return {
    successors: Object.fromEntries(own.map(([code, answer]) => [code, answer.heirs.map((heir) => ({ code: heir.code.trim(), share: shareOf(heir.percent) }))])),
    accept_lineage: Object.values(answers).some((answer) => answer.take === "lineage"),
  };
}
