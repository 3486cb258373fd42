// element once
document.write(`<script src="${at("written.js")}"></` + "script>");
