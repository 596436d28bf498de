/* Times as they are entered in Sweden, and as the API takes them: in UTC. */

const CLOCK = { timeZone: "Europe/Stockholm", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" };

/** "2026-11-22T09:05:00Z" as a field of day and time shows it in Sweden: "2026-11-22T10:05". */
export function toField(utc) {
  const at = new Date(utc ?? "");
  return Number.isNaN(at.getTime()) ? "" : new Intl.DateTimeFormat("sv-SE", CLOCK).format(at).replace(" ", "T");
}

/** The other way. In the hour that autumn has twice it is the later one. */
export function fromField(text) {
  const asIfUtc = Date.parse(`${text}Z`);
  if (Number.isNaN(asIfUtc)) return "";
  const ahead = (moment) => Date.parse(`${toField(new Date(moment).toISOString())}Z`) - moment;
  const guess = asIfUtc - ahead(asIfUtc);
  return new Date(asIfUtc - ahead(guess)).toISOString().replace(".000Z", "Z");
}

/** A day or a time that somebody may mean, not one that is half typed: the year 0202 is on its way to 2026. */
export function isMeant(text) {
  return text === "" || /^(19|20|21)\d\d-/.test(text);
}
