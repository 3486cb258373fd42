// element
const it = document.createElement("script");
it.setAttribute("src", at("script.js"));
document.head.append(it);
