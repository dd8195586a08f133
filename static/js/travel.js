/* Where htmx and Back meet. An answer to what was asked for before the shopper went to another entry of the same document is
   dropped: it would put its content, or its address, to an entry that it does not belong to. */

let travels = 0;
let at = address();
const asked = new WeakMap();

function address() {
  return location.pathname + location.search;
}

function stay() {
  at = address();
}

document.addEventListener("htmx:after:history:push", stay);
document.addEventListener("htmx:after:history:replace", stay);

// A jump within the page is told as well, and takes nothing away.
addEventListener("popstate", () => {
  if (at !== address()) travels += 1;
  stay();
});

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => asked.set(ctx, travels));

// What htmx asked before this script was there (the count of the cart, on load) was asked before any travel.
document.addEventListener("htmx:before:response", (event) => {
  if ((asked.get(event.detail.ctx) ?? 0) !== travels) event.preventDefault();
});
