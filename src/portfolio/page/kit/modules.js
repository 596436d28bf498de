/* Code that is fetched when it is needed: a view, a library. */

import { ApiError } from "./api.js";

// As Chromium, Firefox and Safari say it; a module that came and failed throws its own error.
const NOT_FETCHED = /dynamically imported module|importing a module script/i;

/** What `load` imports. What could not be fetched is an ApiError of the kind `offline`, and can be tried again. */
export async function fetched(load) {
  try {
    return await load();
  } catch (error) {
    throw NOT_FETCHED.test(error?.message) ? new ApiError("offline", 0, null) : error;
  }
}
