// element cached
const it = document.createElement("link");
it.rel = "preload";
it.as = "script";
it.href = at("preload.js");
document.head.append(it);
