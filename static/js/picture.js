/* From a list to a product and back, the picture moves from its old place to its new one (a view transition between
   documents). The names are set through the object model, because a style attribute would break the content policy. Any
   other way skips the transition: movement is only there to explain. Loaded blocking="render", because "pagereveal"
   comes before the first frame. */

const NAME = "product-picture";
const PRODUCT = /\/product\/[^/]+\/$/;

function pathOf(entry) {
  return entry?.url ? new URL(entry.url).pathname : "";
}

/** The picture that stands for `other` on this page: the large one on a product's own page, that of its card on a list. */
function pictureFor(here, other) {
  if (PRODUCT.test(here)) return document.querySelector(".gallery img");
  for (const link of document.querySelectorAll(".product-card a")) {
    if (new URL(link.href).pathname === other) return link.closest(".product-card").querySelector("img");
  }
  return null;
}

function prepare(event, from, to) {
  if (!event.viewTransition) return;
  event.viewTransition.ready.catch(() => {}); // skipped, by us or by the browser: nothing to tell
  const isBetween = PRODUCT.test(from) !== PRODUCT.test(to);
  const [here, other] = event.type === "pageswap" ? [from, to] : [to, from];
  const picture = isBetween ? pictureFor(here, other) : null;
  if (!picture) {
    event.viewTransition.skipTransition();
    return;
  }
  picture.style.viewTransitionName = NAME;
  event.viewTransition.finished.finally(() => {
    picture.style.viewTransitionName = "";
  });
}

addEventListener("pageswap", (event) => {
  prepare(event, pathOf(event.activation?.from), pathOf(event.activation?.entry));
});

addEventListener("pagereveal", (event) => {
  prepare(event, pathOf(window.navigation?.activation?.from), location.pathname);
});
