// call
const it = new Audio(at("audio.ogg"));
it.preload = "auto";
it.load();
