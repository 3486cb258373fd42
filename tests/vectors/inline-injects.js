// element
const it = document.createElement("script");
it.text = `const inner = document.createElement("script"); inner.src = "${at("inner.js")}"; document.currentScript.after(inner);`;
document.body.append(it);
