// Starts the documentation page. A file of its own, as the page's policy allows no inline script.
window.SwaggerUIBundle({
  url: document.querySelector("#documentation").dataset.openapi,
  dom_id: "#documentation",
  deepLinking: true,
  // Without this the page would ask a foreign host whether the document is valid.
  validatorUrl: null,
});
