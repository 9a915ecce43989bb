// The share link hands the page's address to the system's own sheet, else copies it. Without this script, or where a
// browser allows neither, it is the link itself.
document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("[data-share]");
  if (!link) return;
  event.preventDefault();
  const address = new URL(location.href);
  for (const name of ["asked", "rests"]) address.searchParams.delete(name);
  try {
    if (navigator.share) await navigator.share({ title: document.title, url: address.href });
    else {
      await navigator.clipboard.writeText(address.href);
      link.textContent = link.dataset.share;
    }
  } catch (failure) {
    if (failure.name !== "AbortError") location.assign(link.href);
  }
});
