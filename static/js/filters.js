/* Back to a list: its filters are what the address says, whatever was chosen there and not sent. */

function show() {
  const asked = new URLSearchParams(location.search);
  for (const field of document.querySelectorAll("form[method=get] [name]:not([type=hidden])")) {
    if (new URL(field.form.action).pathname !== location.pathname) continue;
    if (field.type === "checkbox" || field.type === "radio") field.checked = asked.getAll(field.name).includes(field.value);
    else field.value = asked.get(field.name) ?? field.options?.[0].value ?? "";
  }
}

addEventListener("pageshow", ({ persisted }) => {
  if (persisted || performance.getEntriesByType("navigation")[0].type === "back_forward") show();
});
addEventListener("popstate", () => history.state?.htmx || show()); // htmx fetches the page by itself
