/* What the answer to "Add to cart" says goes once the cart or the offer that it speaks of is another. */

import { leave } from "./notices.js";

const asked = new WeakMap();
const before = new WeakMap(); // what the page offered as the answer came
const shown = new WeakSet(); // answers whose offer the page has come to show

const added = () => document.querySelector("#added > .notice");
const offer = () => document.getElementById("product")?.dataset.offer;
const isCount = ({ sourceElement }) => sourceElement?.matches("[data-testid=cart-count]");

// An answer tells of that notice alone that was there when it was asked for.
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => isCount(ctx) && asked.set(ctx, added()));

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (added() && !before.has(added())) before.set(added(), offer());
  const claimed = asked.get(ctx)?.dataset.cart;
  if (claimed && claimed !== ctx.sourceElement.querySelector("[data-cart]")?.dataset.cart) leave(asked.get(ctx));
});

addEventListener(
  "nav-refresh",
  () => {
    const [notice, now] = [added(), offer()];
    if (!notice?.dataset.offer || !now) return;
    if (now === notice.dataset.offer) shown.add(notice);
    else if (shown.has(notice) || now !== before.get(notice)) leave(notice); // else the page lags behind the answer
  },
  { capture: true },
);
