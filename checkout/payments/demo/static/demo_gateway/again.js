/* Back to this page out of the browser's memory: whether there is still something to pay is asked of the provider. */

addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
