/* Texts of views/investment: key: [Swedish, English]. */

export const investment = {
  "investment.title": ["Investering", "Investment"],
};
