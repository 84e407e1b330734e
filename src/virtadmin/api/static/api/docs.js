// Starts Swagger UI. It is a file of its own because the hub's content policy allows no script inside a page.
const csrfToken = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";

window.ui = SwaggerUIBundle({
  domNode: document.getElementById("docs"),
  url: document.getElementById("docs").dataset.schema,
  deepLinking: true,
  filter: true,
  validatorUrl: null, // the schema is nobody else's business
  requestInterceptor(request) {
    // With no token entered, what is tried runs in the session of this page.
    if (new URL(request.url, location.href).origin === location.origin) request.headers["X-CSRFToken"] = csrfToken();
    return request;
  },
});
