/* A page of a view that declares nothing asks for itself when it comes back: 304 says that it shows what it would show now.
   What differs is taken over in place, and what scripts of the site added stays. */

import { note, takeOver } from "./refresh.js";

const { dataset } = document.documentElement;
let isSent; // a form was sent from this page

const here = () => new URL(location.pathname + location.search, location.origin);

/** Where to go; nothing for a page that is, or was made, current. `isFresh`: the server sent it just now. */
window.navAsk = async (keepsSeen, isFresh, signal) => {
  if (isFresh) return;
  if (isSent && !keepsSeen) return here(); // its button is dead, or its fields hold what was sent
  const { href } = location;
  const answer = await fetch(href, { cache: "no-store", headers: { "X-Nav-Check": dataset.navCheck }, signal });
  const text = await answer.text();
  if (href !== location.href) return;
  const go = answer.headers.get("X-Nav-Go") ?? (answer.redirected && answer.url);
  if (go) return new URL(go, href);
  if (answer.status === 304) {
    for (const name of ["navCheck", "navShown"]) {
      if (dataset[name]) dataset[name] = answer.headers.get("X-Nav-Shown");
    }
    if (!keepsSeen) dispatchEvent(new CustomEvent("nav-current", { detail: answer }));
  } else if (!takeOver(answer, text, "body", keepsSeen)) return here();
};

addEventListener("submit", (event) => {
  isSent ||= !event.defaultPrevented;
});
note(document.body, document.body.cloneNode(true));
