/* One attempt, one effect: what is sent again after a lost answer is known to the server as the same. */

function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The attempt to send `body`: the one under way if it is the same body, else a new one. */
export function attemptOf(former, body) {
  const sent = JSON.stringify(body ?? null);
  return former?.sent === sent ? former : { key: randomKey(), sent };
}

/**
 * As `attemptOf`, but with the key of an attempt under way also for another body: the server tells then whether the
 * first had its effect after all, instead of giving the other an effect of its own.
 */
export function sameAttempt(former, body) {
  return { ...attemptOf(null, body), ...(former && { key: former.key }) };
}

/** Whether the server knows the key of an attempt from another body. */
export function isConflict(error) {
  return Boolean(error.problem?.type?.endsWith("idempotency-conflict"));
}

/** Whether it is unknown if the attempt had its effect: then the same key must be used again. */
export function isUnsettled(error) {
  return error.kind === "offline" || error.kind === "server";
}
