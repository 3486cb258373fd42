// call
const it = document.createElement("div");
document.body.append(it);
it.innerHTML = "<iframe></iframe>";
window[window.length - 1].fetch(at("fetch"), { mode: "no-cors" }).catch(() => {});
