// element cached
const it = document.createElement("link");
it.rel = "modulepreload";
it.href = at("module.js");
document.head.append(it);
