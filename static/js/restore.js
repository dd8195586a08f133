/* Back to an entry that htmx pushed: htmx fetches the whole document and puts its body in place of ours. What lies outside
   the body is set here from the same answer: the attributes of <html>, and the address when the server answered with
   another page. When there is no such answer the browser loads the page itself, so that an old page never stands under
   another's address. */

let isLeaving = false;

function isRestoring(ctx) {
  return Boolean(ctx.request?.headers?.["HX-History-Restore-Request"]);
}

// Firefox breaks off what is being fetched as soon as the shopper goes on to another document: a reload would hold them here.
window.navigation?.addEventListener("navigate", ({ destination }) => {
  isLeaving = !destination.sameDocument;
});
addEventListener("pageshow", () => {
  isLeaving = false;
});

function copyRootAttributes(html) {
  const theirs = new DOMParser().parseFromString(html, "text/html").documentElement;
  const root = document.documentElement;
  for (const { name } of [...root.attributes]) {
    if (name.startsWith("data-nav-") && !theirs.hasAttribute(name)) root.removeAttribute(name);
  }
  for (const { name, value } of theirs.attributes) root.setAttribute(name, value);
}

document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  if (isRestoring(ctx) && ctx.response.status >= 400) {
    event.preventDefault();
    location.reload();
  }
});

document.addEventListener("htmx:error", (event) => {
  if (!isLeaving && event.detail.ctx && isRestoring(event.detail.ctx)) location.reload();
});

document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = event.detail;
  if (ctx.swap === "none") return;
  if (/^\s*<!doctype html/i.test(ctx.text ?? "")) copyRootAttributes(ctx.text);
  const answer = ctx.response?.raw;
  if (isRestoring(ctx) && answer?.redirected) history.replaceState(history.state, "", answer.url);
});
