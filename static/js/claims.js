/* What the answer to "Add to cart" says goes once the cart or the offer that it speaks of is another. */

import { leave } from "./notices.js";

const asked = new WeakMap();

const added = () => document.querySelector("#added > .notice");
const isCount = ({ sourceElement }) => sourceElement?.matches("[data-testid=cart-count]");

// An answer tells of that notice alone that was there when it was asked for.
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => isCount(ctx) && asked.set(ctx, added()));

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const claimed = asked.get(ctx)?.dataset.cart;
  if (claimed && claimed !== ctx.sourceElement.querySelector("[data-cart]")?.dataset.cart) leave(asked.get(ctx));
});

addEventListener(
  "nav-refresh",
  () => {
    const [notice, product] = [added(), document.getElementById("product")];
    if (notice?.dataset.offer && product && product.dataset.offer !== notice.dataset.offer) leave(notice);
  },
  { capture: true },
);
