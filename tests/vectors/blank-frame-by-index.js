// call
document.body.append(document.createElement("iframe"));
window[window.length - 1].fetch(at("fetch"), { mode: "no-cors" }).catch(() => {});
