// call
const source = document.createAttribute("src");
source.value = at("image.svg");
document.createElement("img").setAttributeNode(source);
