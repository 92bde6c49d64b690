// A page that comes back with errors puts the reader on their list.
const summary = document.querySelector("[data-focus]");
if (summary) summary.focus();
