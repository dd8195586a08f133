/* Before anything is painted: a page that Back or Forward took out of the HTTP cache is out of sight until it is known to be
   true. Only where pages of one person may be cached (NAVSTATE_PERSONAL_CACHE); navstate.js shows it again. */

{
  const { classList } = document.documentElement;
  if (performance.getEntriesByType("navigation")[0]?.type === "back_forward") classList.add("nav-hidden");
  addEventListener("error", ({ target }) => target.src?.includes("/navstate/") && classList.remove("nav-hidden"), true);
}
