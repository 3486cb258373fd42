// element
const it = document.createElement("video");
it.preload = "auto";
it.src = at("video.webm");
document.body.append(it);
