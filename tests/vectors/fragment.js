// element
document.body.append(document.createRange().createContextualFragment(`<script src="${at("fragment.js")}"></` + "script>"));
