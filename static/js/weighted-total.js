// The weighted mean of the scores given so far: Σ weight × score ÷ Σ weight, over answered criteria only.
// "Not applicable" carries no number and so no weight. The server computes the score that counts.
export function start(form) {
  const shown = form.querySelector("[data-total]");
  if (!shown) return;

  const update = () => {
    let weights = 0;
    let sum = 0;
    for (const control of form.querySelectorAll("[data-weight]")) {
      if ((control.type === "radio" || control.type === "checkbox") && !control.checked) continue;
      const score = control.value.trim() === "" ? NaN : Number(control.value);
      const weight = Number(control.dataset.weight);
      if (!Number.isFinite(score) || !(weight > 0)) continue;
      weights += weight;
      sum += weight * score;
    }
    const text = weights ? (sum / weights).toFixed(2) : shown.dataset.empty;
    if (shown.textContent !== text) shown.textContent = text;
  };

  form.addEventListener("input", update);
  update();
}
