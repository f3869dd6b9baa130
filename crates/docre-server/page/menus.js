// Menus close by Escape and by a click elsewhere; tabs are chosen by arrow keys.
import { byId } from "./elements.js";

export function openMenus() {
  const menus = [...document.querySelectorAll("details.menu")];
  addEventListener("click", ({ target }) => {
    for (const menu of menus) if (!menu.contains(target)) menu.open = false;
  });
  addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && menus.find((menu) => menu.open);
    if (!open) return;
    event.preventDefault();
    open.open = false;
    open.querySelector("summary").focus();
  }, { capture: true });
}

export function openTabs() {
  const tabs = [...byId("tabs").querySelectorAll("[role=tab]")];
  const wide = matchMedia("(min-width: 64rem)"); // there the graph stands above the others (result.css)
  const reachable = () => tabs.filter((tab) => !(wide.matches && tab.id === "tab-graph"));
  const show = (chosen) => {
    for (const tab of tabs) {
      const on = tab === chosen;
      tab.setAttribute("aria-selected", on);
      tab.tabIndex = on ? 0 : -1;
      const panel = byId(tab.getAttribute("aria-controls"));
      panel.hidden = !on && !(wide.matches && panel.id === "graph");
    }
  };
  const chosen = () => tabs.find((tab) => tab.getAttribute("aria-selected") === "true");
  byId("tabs").addEventListener("click", ({ target }) => target.closest("[role=tab]") && show(target.closest("[role=tab]")));
  byId("tabs").addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const among = reachable();
    const next = among[(among.indexOf(chosen()) + by + among.length) % among.length];
    show(next);
    next.focus();
  });
  const fit = () => show(reachable().includes(chosen()) ? chosen() : tabs[0]);
  wide.addEventListener("change", fit);
  fit();
}
