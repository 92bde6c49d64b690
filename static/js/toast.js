// A refusal answered to htmx becomes a toast, and the form that asked stays as it was.
document.addEventListener("htmx:before:swap", (event) => {
  const ctx = event.detail && event.detail.ctx;
  const text = ctx && ctx.text;
  if (!text || !text.includes("data-toast")) return;
  const toasts = document.getElementById("toasts");
  const page = new DOMParser().parseFromString(text, "text/html");
  const toast = page.querySelector("[data-toast]");
  if (!toast || !toasts) return;
  event.preventDefault();
  toasts.replaceChildren(toast);
  setTimeout(() => toast.remove(), 12000);
});
