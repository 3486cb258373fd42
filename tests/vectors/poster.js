// element
const it = document.createElement("video");
it.poster = at("poster.svg");
document.body.append(it);
