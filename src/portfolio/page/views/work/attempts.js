/* One attempt, one effect: what is sent again after a lost answer is known to the server as the same. */

function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The attempt to send `body`: the one under way if it is the same body, else a new one. */
export function attemptOf(former, body) {
  const sent = JSON.stringify(body ?? null);
  return former?.sent === sent ? former : { key: randomKey(), sent };
}

/** Whether it is unknown if the attempt had its effect: then the same key must be used again. */
export function isUnsettled(error) {
  return error.kind === "offline" || error.kind === "server";
}
