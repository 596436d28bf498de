// What Swagger UI 5.35 leaves out for those who don't see the screen.
const ATTRIBUTES = [
  [".close-modal", "aria-label", "Close"],
  ["textarea.body-param__text", "aria-label", "Request body"],
  ["table.responses-table", "role", "table"],
  ["h3.opblock-tag", "aria-level", "2"],
  [".opblock h4", "aria-level", "3"],
];

function completeAttributes() {
  for (const [selector, attribute, value] of ATTRIBUTES) {
    for (const element of document.querySelectorAll(selector)) {
      if (element.getAttribute(attribute) !== value) element.setAttribute(attribute, value);
    }
  }
}

// A path stands inside the button that opens its operation, so it can't be a link as well.
// The address bar still follows what is open.
function pathsAreNoLinks() {
  const DeepLink = (_original, { React }) => ({ text }) => React.createElement("span", null, text);
  return { wrapComponents: { DeepLink } };
}

new MutationObserver(completeAttributes).observe(document.body, { childList: true, subtree: true });

SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  // A list of subjects to choose from. All routes at once would be more than Swagger UI puts in
  // the page together: it would add and remove them while one scrolls, out of reach of a search.
  docExpansion: "none",
  plugins: [pathsAreNoLinks],
  // Nothing leaves this server, and a key is forgotten when the page is closed.
  validatorUrl: null,
  persistAuthorization: false,
});
