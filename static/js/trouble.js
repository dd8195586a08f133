/* What htmx could not do is said in one sentence, and no address is pushed for it. The sentences stand in _partials/live.html,
   translated; which answers are not swapped is set in _partials/head.html (noSwap). */

const SHOWS_ITSELF = [409, 422];

function warn(kind) {
  const trouble = document.getElementById("trouble");
  if (trouble) trouble.textContent = kind ? trouble.dataset[kind] : "";
}

function isRestoring(ctx) {
  return Boolean(ctx?.request?.headers?.["HX-History-Restore-Request"]);
}

document.addEventListener("htmx:response:error", (event) => {
  const { ctx } = event.detail;
  if (isRestoring(ctx) || ctx.hx.redirect || SHOWS_ITSELF.includes(ctx.response.status)) return;
  warn(ctx.response.status >= 500 ? "failed" : "refused");
});

document.addEventListener("htmx:error", (event) => {
  if (!isRestoring(event.detail.ctx)) warn(navigator.onLine ? "failed" : "offline");
});

document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx.response?.status < 400) warn(null);
});

document.addEventListener("htmx:before:history:update", (event) => {
  const { response } = event.detail;
  const asked = response?.headers?.get("HX-Replace-Url") ?? response?.headers?.get("HX-Push-Url");
  if (response?.status >= 400 && !asked) event.preventDefault();
});
