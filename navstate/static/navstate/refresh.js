/* Takes over what the server shows at this address now, and only the differences: scroll, focus and typed input stay. */

const root = document.documentElement;
const typed = new WeakSet();

addEventListener("input", ({ target }) => target.form && typed.add(target.form), true);
addEventListener("submit", ({ target }) => typed.delete(target), true);

const isTyped = (element) => [element, ...element.querySelectorAll("form")].some((each) => typed.has(each));
const kind = (node) => [node.nodeName, node.id, node.getAttribute?.("action")].join();
const account = (html) => html.dataset.navShown?.split(".")[3];

function takeAttributes(mine, theirs, names) {
  for (const { name } of [...mine.attributes]) if (names.test(name) && !theirs.hasAttribute(name)) mine.removeAttribute(name);
  for (const { name, value } of theirs.attributes) {
    if (names.test(name) && mine.getAttribute(name) !== value) mine.setAttribute(name, value);
  }
}

function take(mine, theirs, keepsSeen) {
  if (mine.nodeType !== 1) {
    if (mine.data !== theirs.data) mine.data = theirs.data;
    return;
  }
  if (typed.has(mine) || mine.ariaLive || (keepsSeen && /^nav_/.test(mine.name))) return;
  takeAttributes(mine, theirs, /^(?!style|tabindex|data-htmx)/);
  const [ours, news] = [[...mine.childNodes], [...theirs.childNodes]];
  if (`${ours.map(kind)}` === `${news.map(kind)}`) ours.forEach((node, i) => take(node, news[i], keepsSeen));
  else if (!isTyped(mine)) {
    mine.replaceChildren(...news);
    window.htmx?.process(mine);
  }
}

/** False when it takes a navigation. `keepsSeen`: forms go on saying what they were drawn from, so that the server asks
    about what changed behind the shopper's back. */
export async function refresh(keepsSeen, signal) {
  const { href } = location;
  const answer = await fetch(href, { cache: "no-cache", signal });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [main, news] = [document, page].map((one) => one.querySelector("main"));
  const isOthers = account(root) && account(root) !== account(page.documentElement); // a guest who logged in elsewhere goes on
  if (href !== location.href) return true; // the shopper went on
  if (!answer.ok || answer.redirected || !main || !news || isOthers) return false;
  takeAttributes(root, page.documentElement, /^data-nav/);
  take(main, news, keepsSeen);
  for (const form of main.querySelectorAll("form")) if (!typed.has(form)) form.reset();
  document.title = page.title;
  return true;
}
