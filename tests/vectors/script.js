// element
const it = document.createElement("script");
it.src = at("script.js");
document.head.appendChild(it);
