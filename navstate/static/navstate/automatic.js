/* A page whose template knows nothing of navstate asks for itself when it comes back: 304 says that it shows what it would
   show now. What differs is taken over in place, and what scripts of the site added stays. */

import { headers } from "./entries.js";
import { note, takeOver } from "./refresh.js";

const { dataset } = document.documentElement;
let isSent; // a form was sent from this page

const here = () => new URL(location.pathname + location.search, location.origin);

/** Where to go; nothing for a page that is, or was made, current. `isFresh`: the server sent it just now. */
window.navAsk = async (keepsSeen, isFresh, signal) => {
  if (isFresh) return;
  if (isSent && !keepsSeen) return here(); // its button is dead, or its fields hold what was sent
  const { href } = location;
  const asking = { ...headers(), "X-Nav-Check": dataset.navCheck };
  const answer = await fetch(href, { cache: "no-store", headers: asking, signal });
  const text = await answer.text();
  if (href !== location.href) return;
  if (answer.status === 304) {
    for (const name of ["navCheck", "navShown"]) {
      if (dataset[name]) dataset[name] = answer.headers.get("X-Nav-Shown");
    }
    if (!keepsSeen) dispatchEvent(new CustomEvent("nav-current", { detail: answer }));
  } else if (answer.status === 204 || !takeOver(answer, text, "body", keepsSeen)) return here(); // to be led with the reason
};

addEventListener("submit", (event) => {
  isSent ||= !event.defaultPrevented;
});
note(document.body, document.body.cloneNode(true));
