/* Texts of views/money: key: [Swedish, English]. */

export const money = {
  "money.title": ["Pengar", "Money"],
};
