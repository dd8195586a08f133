/* The cart's count in the header is fetched when a page loads. A page that comes back from the browser's memory, or whose tab
   is looked at again, may show an old one: ask again. Nothing else of the page is touched. */

function refresh() {
  document.body.dispatchEvent(new CustomEvent("cart-changed"));
}

addEventListener("pageshow", (event) => {
  if (event.persisted) refresh();
});

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") refresh();
});
