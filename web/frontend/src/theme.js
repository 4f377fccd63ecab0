// Runs before anything is painted: the colours a person chose in this browser, else those of the system.
{
  const chosen = localStorage.getItem("colours");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.colours = chosen;
}
