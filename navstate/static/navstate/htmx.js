/* What htmx does to history and asks for: stamped, and sent with where the tab stands. For pages that use it. */

import { headers, place, step, tell, where } from "./entries.js";

document.addEventListener("htmx:after:history:push", () => place(true));
document.addEventListener("htmx:after:history:replace", () => place(false));
document.addEventListener("htmx:before:swap", () => history.state?.htmx || place(false, { htmx: true }));
document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  if (!where().id) return; // entries are not counted where their script did not arrive
  const sent = ctx.request.headers;
  const isShoppers = ctx.sourceEvent?.isTrusted || sent["HX-History-Restore-Request"];
  if (isShoppers) step();
  Object.assign(sent, headers(isShoppers));
});
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (ctx.response?.headers?.get("X-Nav-Changed")) tell();
});
