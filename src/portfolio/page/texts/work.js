/* Texts of views/work: key: [Swedish, English]. */

export const work = {
  "work.title": ["Arbete", "Work"],
};
