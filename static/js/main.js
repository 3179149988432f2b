// Progressive enhancement: every page works without this. A module is fetched only when its page needs it;
// the stamp in this file's own address goes with it, so that modules may be kept for a year.
const stamp = new URL(import.meta.url).search;

const parts = {
  "error-focus": "[data-focus]",
  "character-count": "textarea[data-max]",
  "leave-guard": "form[data-guard]",
  "autosave": "form[data-autosave]",
  "sign-out": "form[data-sign-out]",
  "similar": "input[data-similar]",
  "weighted-total": "form[data-weights]",
  "submit-once": "form[method=post]",
  "job-progress": "[data-job]",
  "panel-live": "[data-panel-live]",
  "apply-at-once": "form[data-auto]",
};

for (const [name, selector] of Object.entries(parts)) {
  const found = document.querySelectorAll(selector);
  if (found.length) {
    import(`./${name}.js${stamp}`).then((part) => found.forEach((element) => part.start(element)));
  }
}
