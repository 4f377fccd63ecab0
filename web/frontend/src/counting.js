// The button that copies the sentence of the report; without a clipboard the sentence is selected by one click instead.
for (const button of document.querySelectorAll("[data-copy]")) {
  const text = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", async () => {
    const before = button.textContent;
    if (await copy(text)) {
      button.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = before; }, 2500);
    }
  });
}

async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.textContent.trim());
    return true;
  } catch {
    // Pages that come over http have no clipboard: the old way still copies what is selected.
    getSelection().selectAllChildren(element);
    return document.execCommand("copy");
  }
}
