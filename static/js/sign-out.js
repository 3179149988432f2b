// Text kept for after an expired session must not wait for the next person at this desk.
export function start(form) {
  form.addEventListener("submit", () => {
    Object.keys(sessionStorage)
      .filter((key) => key.startsWith("unsaved:"))
      .forEach((key) => sessionStorage.removeItem(key));
  });
}
