// Renews the preview when a file of the content has changed; the browser keeps the place on the page.
"use strict";
(() => {
  const seen = document.getElementById("preview").dataset.version;
  const look = async () => {
    try {
      const response = await fetch("/version", { cache: "no-store" });
      if (response.ok && (await response.text()) !== seen) location.reload();
    } catch { /* the preview was ended: the page stays as it is */ }
  };
  setInterval(look, 1000);
})();
