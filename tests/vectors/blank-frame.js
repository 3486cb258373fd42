// call
const it = document.createElement("iframe");
document.body.append(it);
it.contentWindow.fetch(at("fetch"), { mode: "no-cors" }).catch(() => {});
