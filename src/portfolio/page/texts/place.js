/* Texts of views/place: key: [Swedish, English]. */

export const place = {
  "place.title": ["Platsen", "The place"],
};
