// element
const it = document.createElement("link");
it.rel = "stylesheet";
it.href = at("style.css");
document.head.append(it);
