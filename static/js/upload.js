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
