"use strict";
// The state of a page stands in the part of its address behind the #, so that a link leads to what is shown.
const State = {
  read() {
    const text = location.hash.slice(1);
    return new URLSearchParams(text.includes("=") ? text : "");
  },
  write(values) {
    const kept = new URLSearchParams();
    for (const [name, value] of Object.entries(values)) if (value) kept.set(name, value);
    const theme = document.documentElement.dataset.theme;
    if (theme) kept.set("theme", theme);
    const text = kept.toString();
    history.replaceState(null, "", text ? "#" + text : location.pathname + location.search);
  },
  applyTheme() {
    const theme = State.read().get("theme");
    const root = document.documentElement;
    if (theme === "dark" || theme === "light") root.dataset.theme = theme;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    const button = document.getElementById("theme");
    button.textContent = dark ? "Light theme" : "Dark theme";
    for (const link of document.querySelectorAll("a[data-page]")) {
      const [page, hash = ""] = link.getAttribute("href").split("#");
      const params = new URLSearchParams(hash);
      if (root.dataset.theme) params.set("theme", root.dataset.theme);
      const rest = params.toString();
      link.setAttribute("href", rest ? page + "#" + rest : page);
    }
    return dark;
  },
  // `refresh` is called with the state's parameters at once and whenever the address changes.
  start(refresh) {
    const apply = () => { refresh(State.read()); State.applyTheme(); };
    document.getElementById("theme").addEventListener("click", () => {
      const dark = State.applyTheme();
      document.documentElement.dataset.theme = dark ? "light" : "dark";
      State.write(Object.fromEntries(State.read()));
      State.applyTheme();
    });
    addEventListener("hashchange", () => { if (location.hash === "" || location.hash.includes("=")) apply(); });
    apply();
  },
};
