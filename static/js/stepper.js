// Plus and minus beside a number: data-step="-1" or "1" inside [data-stepper].
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-step]");
  if (!button) return;
  const input = button.closest("[data-stepper]").querySelector("input");
  const low = Number(input.min || 1);
  const next = Math.max(low, (parseInt(input.value, 10) || low) + Number(button.dataset.step));
  input.value = String(next);
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new Event("change", { bubbles: true }));
});
