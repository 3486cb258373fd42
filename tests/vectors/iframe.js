// element
const it = document.createElement("iframe");
it.src = at("frame");
document.body.append(it);
