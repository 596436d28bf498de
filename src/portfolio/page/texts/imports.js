/* Texts of views/imports: key: [Swedish, English]. */

export const imports = {
  "imports.title": ["Gränser", "Boundaries"],
};
