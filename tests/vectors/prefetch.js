// element firefox webkit
const it = document.createElement("link");
it.rel = "prefetch";
it.href = at("prefetch.js");
document.head.append(it);
