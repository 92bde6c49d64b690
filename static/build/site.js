{ // choose.js
// Send a form as soon as a choice changes: <form data-live>; its button stays for those without scripts.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-live]");
  if (form && event.target.matches("select,input[type=radio],input[type=checkbox]")) form.requestSubmit();
});
// Close an open menu with Escape or a press outside of it.
const close = (except) => document.querySelectorAll("details.to-d[open]").forEach((d) => { if (d !== except) d.open = false; });
document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(null); });
document.addEventListener("click", (event) => close(event.target.closest("details.to-d")));
}
{ // copy.js
// Copy a number: <button data-copy="ORD-1">; says so to everybody.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const old = button.getAttribute("aria-label");
  button.setAttribute("aria-label", button.dataset.copied || "Copied");
  button.dataset.done = "";
  setTimeout(() => { button.setAttribute("aria-label", old); delete button.dataset.done; }, 2000);
});
}
{ // focus.js
// A page that comes back with errors puts the reader on their list.
const summary = document.querySelector("[data-focus]");
if (summary) summary.focus();
}
{ // keys.js
// Keys for operators: data-key="j" is pressed or chosen by its key; in a [data-walk] table J and K go from row to row.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=radio],[type=checkbox]),textarea,select")) return;
  const key = event.key.toLowerCase();
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (target) { event.preventDefault(); target.focus(); target.click(); return; }
  if (key !== "j" && key !== "k") return;
  const rows = [...document.querySelectorAll("[data-walk] [data-row]")];
  if (!rows.length) return;
  const here = rows.indexOf(document.activeElement);
  rows[Math.min(Math.max(here + (key === "j" ? 1 : -1), 0), rows.length - 1)].focus();
});
}
{ // scanner.js
// Scan codes on a phone: <form data-scanner> with inputs [data-scan]. A keyboard scanner types and sends Enter: we go
// to the next field and send the form after the last. Where the browser reads barcodes, the camera fills the field.
for (const form of document.querySelectorAll("form[data-scanner]")) {
  const fields = [...form.querySelectorAll("input[data-scan]")];
  const next = (field) => fields[fields.indexOf(field) + 1];
  if (fields[0] && !form.querySelector("[data-focus]")) fields[0].focus();
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !fields.includes(event.target)) return;
    const after = next(event.target);
    if (!after) return;
    event.preventDefault();
    after.focus();
  });
  form.addEventListener("submit", () => {
    for (const button of form.querySelectorAll("button:not([type=button])")) button.setAttribute("aria-disabled", "true");
  });
  const box = form.querySelector("[data-camera]");
  if (!box || !("BarcodeDetector" in window) || !navigator.mediaDevices) continue;
  box.hidden = false;
  box.querySelector("[data-camera-on]").addEventListener("click", async (event) => {
    event.currentTarget.hidden = true;
    const video = box.querySelector("video");
    const reader = new BarcodeDetector();
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    await video.play();
    let last = "";
    const look = async () => {
      if (!video.srcObject) return;
      const [found] = await reader.detect(video).catch(() => []);
      const field = fields.find((input) => !input.value);
      if (found && field && found.rawValue !== last) { last = found.rawValue; field.value = last; next(field)?.focus(); }
      if (field) setTimeout(look, 200); else for (const track of video.srcObject.getTracks()) track.stop();
    };
    look();
  });
}
}
{ // stepper.js
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
}
{ // toast.js
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
}
{ // upload.js
// Show progress of an upload: <form data-upload> with a <progress> inside. Without scripts the form posts as usual.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-upload]");
  if (!form) return;
  event.preventDefault();
  const bar = form.querySelector("progress");
  const words = form.querySelector("[data-upload-words]");
  const request = new XMLHttpRequest();
  request.open(form.method, form.action);
  request.upload.addEventListener("progress", (e) => {
    if (!e.lengthComputable) return;
    bar.hidden = false;
    bar.max = e.total;
    bar.value = e.loaded;
    if (words) words.textContent = `${Math.round((100 * e.loaded) / e.total)} %`;
  });
  request.addEventListener("load", () => {
    if (request.status < 400 && request.responseURL !== location.href) { location.assign(request.responseURL); return; }
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const fresh = form.id && page.getElementById(form.id);
    if (fresh) form.replaceWith(fresh); else location.reload();
  });
  request.addEventListener("error", () => { if (words) words.textContent = form.dataset.failed || ""; });
  request.send(new FormData(form, event.submitter));
});
document.addEventListener("change", (event) => {
  const input = event.target.closest("input[type=file][data-now]");
  if (input) input.form.requestSubmit();
});
}
{ // zoom.js
// Open the large picture in a dialog: <a data-zoom href="large.webp">. Without scripts the link opens the picture.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-zoom]");
  if (!link) return;
  event.preventDefault();
  const dialog = document.createElement("dialog");
  dialog.className = "zoom";
  dialog.setAttribute("aria-label", link.dataset.zoom);
  const image = document.createElement("img");
  image.src = link.href;
  image.alt = link.dataset.zoom;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn smb";
  close.textContent = link.dataset.close || "Close";
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (e) => { if (e.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => dialog.remove());
  dialog.append(image, close);
  document.body.append(dialog);
  dialog.showModal();
});
}
