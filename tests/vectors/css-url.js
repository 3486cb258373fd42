// element
const it = document.createElement("p");
it.textContent = "A picture behind a text";
it.style.backgroundImage = `url("${at("background.svg")}")`;
document.body.append(it);
