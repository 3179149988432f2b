// A response chosen from the list goes into the text at once; without scripts the button beside it does the same.
for (const list of document.querySelectorAll("select[data-snippets]")) {
  const text = list.form.querySelector(list.dataset.snippets === "question" ? "textarea[name=question]" : "textarea[name=reason]");
  list.form.querySelector("button[value=insert]")?.remove();
  list.addEventListener("change", () => {
    const body = list.selectedOptions[0]?.dataset.body;
    if (!body || !text) return;
    const start = text.selectionStart ?? text.value.length;
    const before = text.value.slice(0, start);
    const gap = before && !before.endsWith("\n") ? "\n\n" : "";
    text.value = before + gap + body + text.value.slice(text.selectionEnd ?? start);
    text.dispatchEvent(new Event("input", { bubbles: true }));
    list.value = "";
    text.focus();
  });
}
