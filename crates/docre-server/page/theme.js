// The colours that a person chose here before, set before anything is painted.
"use strict";
(function () {
  const read = () => { try { return localStorage.getItem("docre-theme"); } catch { return null; } };
  const keep = (theme) => { try { localStorage.setItem("docre-theme", theme); } catch { /* not kept, but shown */ } };
  const show = (theme) => {
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
  };
  const chosen = read();
  show(chosen);
  document.addEventListener("DOMContentLoaded", () => {
    const choice = document.getElementById("theme");
    if (chosen) choice.value = chosen;
    choice.addEventListener("change", () => { show(choice.value); keep(choice.value); });
  });
})();
