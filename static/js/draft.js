/* What was typed into a stage's form and not sent is there again on Back, where the browser fetches the page anew, too.
   One form is kept, in this tab, until it is back or its account has gone. */

const account = document.documentElement.dataset.navShown?.split(".")[3];
let typed;

const attemptOf = (form) => form.elements.nav_attempt?.value;
const fields = (form) => [...form.elements].filter(({ type }) => !/^(hidden|password|file|submit|button)$/.test(type));

// Storage may be full or forbidden.
function keep(draft) {
  try {
    sessionStorage.setItem("draft", JSON.stringify(draft));
  } catch {}
}

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem("draft"));
  } catch {}
}

function fill(form, values) {
  for (const [i, field] of fields(form).entries()) {
    [field.value, field.checked] = values[i];
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function restore(draft) {
  const [{ type }] = performance.getEntriesByType("navigation");
  if (draft.account && account !== undefined && draft.account !== account) return keep(null);
  if (type !== "back_forward" || draft.path !== location.pathname) {
    if (account && !draft.account) keep({ ...draft, account }); // a guest logged in
    return;
  }
  const form = [...document.forms].find((one) => attemptOf(one) === draft.attempt);
  if (form && fields(form).length === draft.values.length) fill(form, draft.values);
  keep(null);
}

addEventListener("input", ({ target: { form } }) => {
  if (form && attemptOf(form)) typed = form;
});
addEventListener("submit", ({ target }) => {
  if (target === typed) typed = null;
  if ("logout" in target.dataset) keep(null);
});
addEventListener("pagehide", () => {
  if (!typed?.isConnected) return;
  const values = fields(typed).map(({ value, checked }) => [value, checked]);
  keep({ path: location.pathname, attempt: attemptOf(typed), account, values });
});
addEventListener("pageshow", ({ persisted }) => persisted && keep(null));
const draft = kept();
if (draft) restore(draft);
