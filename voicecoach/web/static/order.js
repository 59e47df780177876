// Moves a prospect earlier in the list; without this script they come in the order of difficulty.
for (const button of document.querySelectorAll("#order .up")) {
  button.addEventListener("click", () => {
    const item = button.closest("li");
    item.previousElementSibling?.before(item);
    button.focus();
  });
}
