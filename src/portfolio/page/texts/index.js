/* The one catalogue: every text of the page, `key: [Swedish, English]`, in a file for each view. */

import { gates } from "./gates.js";
import { imports } from "./imports.js";
import { investment } from "./investment.js";
import { money } from "./money.js";
import { place } from "./place.js";
import { shell } from "./shell.js";
import { words } from "./words.js";
import { work } from "./work.js";

export const TEXTS = { ...shell, ...words, ...place, ...gates, ...investment, ...work, ...money, ...imports };
