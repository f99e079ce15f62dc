// The theme's arrows that open a part of the navigation have no name for those who hear the page.
document.addEventListener("DOMContentLoaded", () => {
  for (const arrow of document.querySelectorAll(".bd-sidebar-primary summary")) {
    const link = arrow.closest("li")?.querySelector("a");
    if (!arrow.textContent.trim() && link) arrow.setAttribute("aria-label", `Pages of ${link.textContent.trim()}`);
  }
});
