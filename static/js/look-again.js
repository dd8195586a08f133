/* Something has changed at the server that no page here has been told of: all of this shop's pages in this browser look whether
   they are still true, this one too, as when another tab tells them of a change (navstate/entries.js). */

import { refresh } from "../navstate/refresh.js";

export function lookAgain() {
  const line = new BroadcastChannel("nav");
  line.postMessage({ news: Math.random().toString(36).slice(2) });
  line.close();
}

/** Ask without hiding the page; only where it is not true any more do all of them look. */
export async function ask() {
  const { navRoute, navShown } = document.documentElement.dataset;
  if (!navShown) return askCount();
  const query = new URLSearchParams({ rid: location.pathname + location.search, rev: navShown });
  const answer = await fetch(`${navRoute}?${query}`, { method: "HEAD", cache: "no-store" });
  if (answer.status === 204) return;
  // What goes on changing (a list of orders) is never current: it is taken over in place, without being hidden.
  const isMended = answer.ok && (await refresh(true));
  if (!isMended || navShown !== document.documentElement.dataset.navShown) lookAgain();
}

async function askCount() {
  const place = document.querySelector("[data-testid=cart-count]");
  if (!place) return;
  const answer = await fetch(place.getAttribute("hx-get"), { headers: { "HX-Request": "true" }, cache: "no-store" });
  const text = answer.ok ? await answer.text() : place.innerHTML;
  const now = new DOMParser().parseFromString(text, "text/html").querySelector("[data-cart]")?.dataset.cart;
  if (now !== place.querySelector("[data-cart]")?.dataset.cart) lookAgain();
}

// An answer of the server says that what this page shows has changed since.
addEventListener("page-outdated", lookAgain);
// What was sent as the connection went may have been done, and what others did was not heard.
addEventListener("online", lookAgain);
