/* A list that htmx filters, pages or lengthens: <html> and the filters say what the list shows, as on the whole document; and
   where more products were added, the first of them has the focus, as if the shopper had gone on from the last. */

const ATTRIBUTES = ["data-nav-category", "data-nav-sort", "data-nav-in_stock", "data-nav-page", "data-nav-pages"];
let before = null;

// WebKit puts such controls back to their defaults when a page comes back, so the defaults are what the list was asked for.
function setDefaults({ navSort, navIn_stock }) {
  for (const option of document.querySelectorAll("#sort option")) option.defaultSelected = option.value === navSort;
  const box = document.getElementById("in-stock");
  if (box) box.defaultChecked = navIn_stock === "1";
}

function links() {
  return document.querySelectorAll("#results .product-card a");
}

document.addEventListener("htmx:before:swap", (event) => {
  const isMore = event.detail.ctx.sourceElement?.matches("#pages .more a");
  before = isMore ? links().length : null;
});

document.addEventListener("htmx:after:swap", () => {
  const list = document.getElementById("pages") ?? document.getElementById("results");
  for (const name of list ? ATTRIBUTES : []) {
    const value = list.getAttribute(name);
    if (value === null) document.documentElement.removeAttribute(name);
    else document.documentElement.setAttribute(name, value);
  }
  setDefaults(document.documentElement.dataset);
  if (before !== null) links()[before]?.focus({ preventScroll: true });
  before = null;
});
