/* What can be chosen, and what the codes are called: asked for once, for all parts of the view. */

import { getAll } from "../../kit/api.js";
import { useLoad } from "../../kit/load.js";
import { namesOf } from "../../parts/names.js";
import { gateName } from "../../parts/standing.js";

/** `{programs, departments, schemes, gates, departmentName, gateName, programName}` of `useLoad`. */
export function useNames() {
  return useLoad("money/names", async (options) => {
    const [programs, departments, schemes, templates] = await Promise.all([
      getAll("/v1/programs", options),
      getAll("/v1/departments", options),
      getAll("/v1/area-schemes", options),
      getAll("/v1/gate-templates", options),
    ]);
    return named({ programs, departments, schemes, gates: gatesOf(templates) });
  });
}

function named(found) {
  const [programs, departments] = [namesOf(found.programs), namesOf(found.departments)];
  return {
    ...found,
    programName: (code) => programs.get(code) ?? code,
    departmentName: (code) => departments.get(code) ?? code,
    gateName: (code) => gateName(code, found.gates),
  };
}

/** Every gate of every template once, in the order they are passed. */
export function gatesOf(templates) {
  const gates = new Map();
  for (const gate of templates.flatMap((template) => template.gates)) {
    const known = gates.get(gate.code);
    if (!known || gate.position > known.position) gates.set(gate.code, gate);
  }
  return [...gates.values()].sort((a, b) => a.position - b.position);
}

/** For a field of choices: `[{value, label}]`. */
export function choices(list) {
  return list.map((one) => ({ value: one.code, label: one.name }));
}
