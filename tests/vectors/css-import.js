// element
const it = document.createElement("style");
it.textContent = `@import "${at("import.css")}";`;
document.head.append(it);
