/* A form that comes back out of the browser's memory is a new one: it gets a token of its own, so that a press of it counts.
   `nav-current` comes with the answer that says so: somebody came back, and the page is what the server would show. */

addEventListener("nav-current", ({ detail }) => {
  const token = detail.headers.get("X-Nav-Token");
  if (token) document.getElementsByName("csrfmiddlewaretoken").forEach((field) => (field.value = token));
});
