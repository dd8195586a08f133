/* A list that htmx filters or pages: <html> says what the list shows, as on the whole document. */

const ATTRIBUTES = ["data-nav-category", "data-nav-sort", "data-nav-in_stock", "data-nav-page"];

document.addEventListener("htmx:after:swap", () => {
  const results = document.getElementById("results");
  for (const name of results ? ATTRIBUTES : []) {
    const value = results.getAttribute(name);
    if (value !== null) document.documentElement.setAttribute(name, value);
  }
});
