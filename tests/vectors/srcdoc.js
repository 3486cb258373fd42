// call
const it = document.createElement("iframe");
it.srcdoc = `<script>fetch("${at("srcdoc")}", { mode: "no-cors" })</script>`;
document.body.append(it);
