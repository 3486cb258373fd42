// element
const it = document.createElement("style");
document.head.append(it);
it.sheet.insertRule(`h1 { background-image: url("${at("rule.svg")}") }`);
