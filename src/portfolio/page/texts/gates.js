/* Texts of views/gates: key: [Swedish, English]. */

export const gates = {
  "gates.title": ["Grindar", "Gates"],
};
